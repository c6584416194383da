import Glibc
import MayflyAPI

/// User ids by name: the record is searched by id, which is what authority rests on.
enum UserID {
    /// The id in digits, of a name that this host knows or of digits.
    static func digits(of name: String) throws -> String {
        if let uid = UInt32(name) { return String(uid) }
        // The entry lies in memory of the C library's own; only the number is taken out, before any other call.
        guard let entry = getpwnam(name) else {
            throw CommandFailure(
                .notFound, "no user of this host is called '\(name)'", hint: "give the user id in digits")
        }
        return String(entry.pointee.pw_uid)
    }
}
