// What Swift's Glibc module does not export.
#include <sys/prctl.h>

// prctl(2) is variadic, which Swift cannot call.
static inline int mayfly_set_dumpable(unsigned long dumpable) {
    return prctl(PR_SET_DUMPABLE, dumpable, 0UL, 0UL, 0UL);
}
