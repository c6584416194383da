import Glibc

/// Looks up users and groups. Blocking: called on threads of its own only.
package struct NameService: Sendable {
    /// The look-up failed; safe to show.
    package struct Failure: Error, Hashable, Sendable, CustomStringConvertible {
        package let errno: Int32
        package init(errno: Int32) { self.errno = errno }
        package var description: String { String(cString: strerror(errno)) }
    }

    /// The account of a uid; nil when nobody has it.
    package let account: @Sendable (UInt32) throws(Failure) -> Account?
    /// The uid of a user's name; nil when there is none.
    package let userID: @Sendable (String) throws(Failure) -> UInt32?

    package init(
        account: @escaping @Sendable (UInt32) throws(Failure) -> Account?,
        userID: @escaping @Sendable (String) throws(Failure) -> UInt32? = { _ in nil }
    ) {
        self.account = account
        self.userID = userID
    }

    /// NSS, as nsswitch.conf(5) says.
    package static let system = NameService(
        account: { uid throws(Failure) in
            guard let user = try userEntry(uid) else { return nil }
            var groups: Set<String> = []
            for gid in try groupIDs(of: user) {
                // A group without a name cannot be named in the configuration.
                if let name = try groupName(gid) { groups.insert(name) }
            }
            return Account(user: user.name, groups: groups)
        }, userID: { name throws(Failure) in try userID(named: name) })

    /// The gid of a group's name; nil when there is none. For the daemon's start, not for requests.
    package static func groupID(named name: String) throws(Failure) -> UInt32? {
        try retrying { buffer, size in
            var entry = group()
            var found: UnsafeMutablePointer<group>?
            let status = getgrnam_r(name, &entry, buffer, size, &found)
            return (status, found.map { $0.pointee.gr_gid })
        }
    }

    private static func userID(named name: String) throws(Failure) -> UInt32? {
        try retrying { buffer, size in
            var entry = passwd()
            var found: UnsafeMutablePointer<passwd>?
            let status = getpwnam_r(name, &entry, buffer, size, &found)
            return (status, found.map { $0.pointee.pw_uid })
        }
    }

    private static func userEntry(_ uid: UInt32) throws(Failure) -> (name: String, gid: UInt32)? {
        try retrying { buffer, size in
            var entry = passwd()
            var found: UnsafeMutablePointer<passwd>?
            let status = getpwuid_r(uid, &entry, buffer, size, &found)
            // The strings lie in `buffer`: copied before it goes.
            return (status, found.map { (String(cString: $0.pointee.pw_name), $0.pointee.pw_gid) })
        }
    }

    private static func groupName(_ gid: UInt32) throws(Failure) -> String? {
        try retrying { buffer, size in
            var entry = group()
            var found: UnsafeMutablePointer<group>?
            let status = getgrgid_r(gid, &entry, buffer, size, &found)
            return (status, found.map { String(cString: $0.pointee.gr_name) })
        }
    }

    private static func groupIDs(of user: (name: String, gid: UInt32)) throws(Failure) -> [UInt32] {
        var capacity: Int32 = 64
        while capacity <= 65_536 {  // NGROUPS_MAX
            var ids = [gid_t](repeating: 0, count: Int(capacity))
            var count = capacity
            if getgrouplist(user.name, user.gid, &ids, &count) >= 0 { return Array(ids.prefix(Int(count))) }
            capacity = max(count, capacity * 2)
        }
        throw Failure(errno: ERANGE)
    }

    /// Calls a `get…_r` function with a growing buffer. What it says of a name that does not exist differs by
    /// source (getpwnam(3), RETURN VALUE): 0 without an entry, ENOENT or ESRCH.
    private static func retrying<Entry>(
        _ call: (UnsafeMutablePointer<CChar>, Int) -> (status: Int32, entry: Entry?)
    ) throws(Failure) -> Entry? {
        var size = 4096
        while true {
            let buffer = UnsafeMutablePointer<CChar>.allocate(capacity: size)
            defer { buffer.deallocate() }
            let (status, entry) = call(buffer, size)
            switch status {
            case 0: return entry
            case ENOENT, ESRCH: return nil
            case EINTR: continue
            case ERANGE where size < 4 << 20: size *= 4
            default: throw Failure(errno: status)
            }
        }
    }
}
