import Foundation
import GRDB
import MayflyCore

/// The state's file before SQLite touches it: whose it is, who else could write it, which version wrote it.
struct StateFile {
    let path: String

    /// Makes the file, 0600, or looks at the one that is there. What is refused was not changed.
    func prepare() throws(StoreError) {
        try checkDirectory()
        let file = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        if file >= 0 {
            close(file)
            try syncDirectory()
            return
        }
        let code = errno
        guard code == EEXIST else { throw .unwritable("\(quoted): \(Self.text(of: code))") }
        try checkFile()
        try checkLog()
    }

    private var quoted: String { path.quoted(limit: 200) }
    private var directory: String { (path as NSString).deletingLastPathComponent }

    private func checkDirectory() throws(StoreError) {
        let shown = directory.quoted(limit: 200)
        guard path.hasPrefix("/") else { throw .unwritable("\(quoted) is not an absolute path") }
        var standing = stat()
        guard stat(directory, &standing) == 0 else {
            throw .unwritable("the directory \(shown): \(Self.text(of: errno))")
        }
        guard standing.st_mode & S_IFMT == S_IFDIR else { throw .unwritable("\(shown) is not a directory") }
        guard standing.st_uid == geteuid() || standing.st_uid == 0 else {
            throw .unwritable(
                "the directory \(shown) belongs to uid \(standing.st_uid), who could replace the file")
        }
        guard standing.st_mode & 0o022 == 0 else {
            throw .unwritable("the directory \(shown) can be written by others; `chmod go-w` it")
        }
    }

    private func checkFile() throws(StoreError) {
        // A descriptor of the database must not be closed while SQLite has it open in this process: POSIX
        // would drop SQLite's locks. So nothing is opened for writing here, and this runs before SQLite does.
        let file = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
        guard file >= 0 else { throw .unwritable("\(quoted): \(Self.text(of: errno))") }
        defer { close(file) }
        var standing = stat()
        guard fstat(file, &standing) == 0, standing.st_mode & S_IFMT == S_IFREG else {
            throw .unwritable("\(quoted) is not a regular file")
        }
        guard standing.st_uid == geteuid() else {
            throw .unwritable("\(quoted) belongs to uid \(standing.st_uid), we run as \(geteuid())")
        }
        guard standing.st_mode & 0o077 == 0 else {
            throw .unwritable("\(quoted) is open to others; `chmod 600` it")
        }
        guard access(path, W_OK) == 0 else { throw .unwritable("\(quoted): \(Self.text(of: errno))") }
        var header = [UInt8](repeating: 0, count: 100)
        let count = pread(file, &header, header.count, 0)
        guard count != 0 else { return }  // made a moment ago, by a daemon that did not get further
        guard count == header.count, header.starts(with: Array("SQLite format 3\0".utf8)) else {
            throw .corrupt("\(quoted) is not a state file of mayflyd")
        }
        // https://www.sqlite.org/fileformat.html#the_database_header
        try check(
            applicationID: Self.number(header[68..<72]), version: Self.number(header[60..<64]),
            hasTables: Self.number(header[40..<44]) != 0)
    }

    /// What the write-ahead log of a daemon that was killed says, read without a checkpoint.
    private func checkLog() throws(StoreError) {
        var standing = stat()
        guard stat(path + "-wal", &standing) == 0, standing.st_size > 0 else { return }
        var configuration = GRDB.Configuration()
        configuration.readonly = true
        let (applicationID, version, tables): (Int32, Int32, Int)
        do {
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            (applicationID, version, tables) = try queue.read { db in
                (
                    try Int32.fetchOne(db, sql: "PRAGMA application_id") ?? 0,
                    try Int32.fetchOne(db, sql: "PRAGMA user_version") ?? 0,
                    try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_schema") ?? 0
                )
            }
            try queue.close()
        } catch { throw StoreError(error) }
        try check(applicationID: applicationID, version: version, hasTables: tables > 0)
    }

    private func check(applicationID: Int32, version: Int32, hasTables: Bool) throws(StoreError) {
        guard applicationID == Schema.applicationID || (applicationID == 0 && !hasTables) else {
            throw .corrupt("\(quoted) is an SQLite file of another program")
        }
        guard version <= Schema.version else {
            throw .newerVersion("\(quoted) is of version \(version), this mayflyd knows \(Schema.version)")
        }
    }

    /// So that the new file's name outlives a crash of the host.
    private func syncDirectory() throws(StoreError) {
        let folder = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { throw .unwritable("the directory: \(Self.text(of: errno))") }
        defer { close(folder) }
        guard fsync(folder) == 0 else { throw .unwritable("the directory: \(Self.text(of: errno))") }
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> Int32 {
        Int32(bitPattern: bytes.reduce(0) { $0 << 8 | UInt32($1) })
    }

    private static func text(of code: Int32) -> String { String(cString: strerror(code)) }
}
