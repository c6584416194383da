import Foundation
import GRDB

/// Changes a state file behind the store's back.
func raw(_ path: String, _ body: (Database) throws -> Void) throws {
    let queue = try DatabaseQueue(path: path)
    try queue.writeWithoutTransaction(body)
    try queue.close()
}

/// The files as a killed daemon leaves them: without the shared memory, which SQLite makes anew.
func copyState(_ path: String, to copy: String) throws {
    for suffix in ["", "-wal"] where FileManager.default.fileExists(atPath: path + suffix) {
        try FileManager.default.copyItem(atPath: path + suffix, toPath: copy + suffix)
    }
}
