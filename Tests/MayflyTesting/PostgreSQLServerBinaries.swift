import Foundation
import Glibc

/// Where the server's programs are and how they are run.
///
/// `MAYFLY_TEST_PG_BIN` names another bin directory, to run the tests against another version;
/// `MAYFLY_TEST_PG_PREFIX` a command (words) that runs them where they need more than another path, in place of
/// `runuser -u postgres --` which we use when root (the server refuses root).
struct PostgreSQLServerBinaries: Sendable {
    let directory: String
    let prefix: [String]
    /// Who must own the server's files; nil for ourselves.
    let owner: (uid: uid_t, gid: gid_t)?

    init() throws {
        let environment = ProcessInfo.processInfo.environment
        directory = try environment["MAYFLY_TEST_PG_BIN"] ?? Self.find()
        let isRoot = geteuid() == 0
        let custom = environment["MAYFLY_TEST_PG_PREFIX"].map { $0.split(separator: " ").map(String.init) }
        prefix = custom ?? (isRoot ? ["runuser", "-u", "postgres", "--"] : [])
        guard isRoot else {
            owner = nil
            return
        }
        guard let entry = getpwnam("postgres") else { throw TestServerError.system("user postgres", ENOENT) }
        owner = (entry.pointee.pw_uid, entry.pointee.pw_gid)
    }

    /// The newest of Debian's and Red Hat's places, then the search path.
    private static func find() throws -> String {
        let manager = FileManager.default
        for root in ["/usr/lib/postgresql", "/usr/pgsql"] {
            let versions = (manager.subpaths(inOneLevelOf: root)).compactMap(Int.init).sorted(by: >)
            for version in versions where manager.isExecutableFile(atPath: "\(root)/\(version)/bin/initdb") {
                return "\(root)/\(version)/bin"
            }
        }
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        for directory in path.split(separator: ":").map(String.init)
        where manager.isExecutableFile(atPath: "\(directory)/initdb") {
            return directory
        }
        throw TestServerError.noBinaries
    }

    /// The command line of a program of the server.
    func command(_ program: String, _ arguments: [String]) -> [String] {
        prefix + ["\(directory)/\(program)"] + arguments
    }
}

extension FileManager {
    /// The names in a directory; none when it cannot be read.
    fileprivate func subpaths(inOneLevelOf path: String) -> [String] {
        do {
            return try contentsOfDirectory(atPath: path)
        } catch {
            return []
        }
    }
}
