// What Swift's Glibc module does not export.
#include <spawn.h>
#include <sys/prctl.h>

// prctl(2) is variadic, which Swift cannot call.
static inline int mayfly_set_dumpable(unsigned long dumpable) {
    return prctl(PR_SET_DUMPABLE, dumpable, 0UL, 0UL, 0UL);
}

// These are declared for _GNU_SOURCE only, which that module is built without.

// memfd_create(2) with MFD_CLOEXEC.
static inline int mayfly_memory_file(const char *name) {
    extern int memfd_create(const char *, unsigned int);
    return memfd_create(name, 1U);
}

// posix_spawn_file_actions_addclosefrom_np(3), glibc 2.34.
static inline int mayfly_spawn_close_from(posix_spawn_file_actions_t *actions, int first) {
    extern int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *, int);
    return posix_spawn_file_actions_addclosefrom_np(actions, first);
}

// posix_spawn_file_actions_addchdir_np(3), glibc 2.29.
static inline int mayfly_spawn_change_directory(posix_spawn_file_actions_t *actions, const char *path) {
    extern int posix_spawn_file_actions_addchdir_np(posix_spawn_file_actions_t *, const char *);
    return posix_spawn_file_actions_addchdir_np(actions, path);
}
