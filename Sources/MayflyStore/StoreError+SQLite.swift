import Foundation
import GRDB
import MayflyCore

extension StoreError {
    /// What an error of SQLite means, by its result code; the text never carries a value or a statement.
    init(_ error: any Error) {
        switch error {
        case let error as StoreError: self = error
        case let error as DatabaseError: self.init(code: error.extendedResultCode)
        default: self = .other("an error of type \(type(of: error))")
        }
    }

    /// https://www.sqlite.org/rescode.html
    private init(code: ResultCode) {
        self =
            switch code.primaryResultCode {
            case .SQLITE_FULL: .unwritable("the disk is full")
            case .SQLITE_READONLY: .unwritable("the file or its file system is read-only")
            case .SQLITE_CANTOPEN: .unwritable("the file cannot be opened")
            case .SQLITE_PERM, .SQLITE_AUTH: .unwritable("permission denied")
            case .SQLITE_IOERR: .unwritable("the disk answers with an error (SQLite code \(code.rawValue))")
            case .SQLITE_CORRUPT: .corrupt("SQLite finds the file malformed (code \(code.rawValue))")
            case .SQLITE_NOTADB: .corrupt("not an SQLite file")
            case .SQLITE_BUSY, .SQLITE_LOCKED: .other("another process kept the file locked")
            case .SQLITE_CONSTRAINT: .other("a rule of the state forbids it (SQLite code \(code.rawValue))")
            default: .other("SQLite code \(code.rawValue)")
            }
    }
}

extension DatabaseError {
    /// There was no room for a page, here or in the index of the write-ahead log.
    var isDiskFull: Bool {
        resultCode == .SQLITE_FULL || extendedResultCode == .SQLITE_IOERR_SHMSIZE
            || extendedResultCode == .SQLITE_IOERR_SHMMAP
    }

    /// The surroundings failed, not the statement: every write of the transaction is affected.
    var concernsWholeTransaction: Bool {
        switch resultCode {
        case .SQLITE_FULL, .SQLITE_IOERR, .SQLITE_READONLY, .SQLITE_CANTOPEN, .SQLITE_NOMEM, .SQLITE_CORRUPT,
            .SQLITE_NOTADB, .SQLITE_BUSY, .SQLITE_INTERRUPT:
            true
        default: false
        }
    }
}
