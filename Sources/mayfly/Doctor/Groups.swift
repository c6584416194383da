import Glibc

/// Groups as the host knows them. The entries lie in memory of the C library's own: what is needed is copied out
/// before any other call.
enum Groups {
    /// The group's name, or its id in digits.
    static func name(_ id: gid_t) -> String {
        guard let entry = getgrgid(id), let name = entry.pointee.gr_name else { return String(id) }
        return String(cString: name)
    }

    /// Whether the host lists the user as a member, whatever this process was started with.
    static func lists(_ user: uid_t, in group: gid_t) -> Bool {
        guard let account = getpwuid(user), let name = account.pointee.pw_name else { return false }
        let primary = account.pointee.pw_gid
        let user = String(cString: name)
        var groups = [gid_t](repeating: 0, count: 1024)
        var count = Int32(groups.count)
        guard getgrouplist(user, primary, &groups, &count) >= 0 else { return false }
        return groups[..<Int(count)].contains(group)
    }
}
