package import Foundation
import GRDB
package import MayflyCore

/// The state in one SQLite file: write-ahead log, one writer, readers beside it.
///
///     let store = try SQLiteStore(path: "/var/lib/mayfly/mayfly.db")
///
/// Intents (`admit`, claims) survive a crash of the process at once, and one of the host as soon as any
/// durable write follows. Everything else is synced before it returns. Writes that come together share one
/// commit (`WriteQueue`). Nothing here blocks the caller's thread but `init`, which runs before anything else
/// does.
package final class SQLiteStore: Store {
    package struct Options: Sendable {
        /// Kept beside the state for revoking with a full disk, in bytes; 0 keeps none.
        package var reserve: Int
        /// How long a write waits for another process that is writing, in seconds.
        package var busyTimeout: TimeInterval
        /// How long a search by words may take, in seconds.
        package var searchTime: TimeInterval
        /// Words of records are made findable while so much of the disk is free, in bytes.
        package var indexingMark: UInt64

        package init(
            reserve: Int = 16 << 20, busyTimeout: TimeInterval = 5, searchTime: TimeInterval = 5,
            indexingMark: UInt64 = 128 << 20
        ) {
            self.indexingMark = indexingMark
            self.reserve = reserve
            self.busyTimeout = busyTimeout
            self.searchTime = searchTime
        }
    }

    let pool: DatabasePool
    /// A reader that answers what is due and nothing else: long lists never keep an expiry waiting.
    let dueReader: DatabaseQueue
    /// Of auditors, whom nobody else's searches keep waiting; and of everybody else.
    let searches: SearchReader
    let ownSearches: SearchReader
    let writes: WriteQueue
    let indexingMark: UInt64

    /// Opens the state, or makes it; brings an older version up to this one.
    ///
    /// - Throws: `newerVersion`, or `corrupt` for another program's file: it is as it was. `unwritable` when
    /// others
    ///   could write the file or its directory, or we cannot.
    package init(path: String, options: Options = Options()) throws(StoreError) {
        try StateFile(path: path).prepare()
        indexingMark = options.indexingMark
        do {
            pool = try DatabasePool(path: path, configuration: Self.configuration(options))
            try Self.migrate(pool)
            var configuration = Self.configuration(options)
            configuration.readonly = true
            dueReader = try DatabaseQueue(path: path, configuration: configuration)
            searches = try SearchReader(
                path: path, configuration: configuration, limit: options.searchTime)
            ownSearches = try SearchReader(
                path: path, configuration: configuration, limit: options.searchTime)
        } catch { throw StoreError(error) }
        writes = WriteQueue(
            pool: pool, reserve: DiskReserve(path: path + ".reserve", size: options.reserve))
    }

    package func close() async {
        await writes.close()
        // A reader that is still busy keeps the pool open; it ends with the process. Nothing is lost: every
        // commit is in the file or its log.
        try? dueReader.close()
        try? searches.close()
        try? ownSearches.close()
        try? pool.close()
    }

    /// Reads a snapshot, away from the caller's thread. Like `WriteQueue.write`, not cancelled with its task.
    func read<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(StoreError) -> Value {
        try await Self.read(pool, body)
    }

    /// The same for what is due.
    func readForEnding<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(StoreError) -> Value {
        try await Self.read(dueReader, body)
    }

    private static func read<Value: Sendable>(
        _ reader: any DatabaseReader, _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(StoreError) -> Value {
        let result: Result<Value, StoreError> = await withCheckedContinuation { continuation in
            reader.asyncRead { access in
                continuation.resume(
                    returning: Result { try body(try access.get()) }.mapError { StoreError($0) })
            }
        }
        return try result.get()
    }

    private static func configuration(_ options: Options) -> GRDB.Configuration {
        var configuration = GRDB.Configuration()
        configuration.busyMode = .timeout(options.busyTimeout)
        configuration.foreignKeysEnabled = true
        configuration.maximumReaderCount = 4
        configuration.persistentReadOnlyConnections = true
        configuration.prepareDatabase { db in
            // The log gives its space back after a burst; no temporary files, which a full disk would refuse;
            // functions in the schema of a file that somebody tampered with can do nothing.
            try db.execute(
                sql: """
                    PRAGMA journal_size_limit = 16777216;
                    PRAGMA temp_store = MEMORY;
                    PRAGMA trusted_schema = OFF;
                    """)
            // New rows go all over the indexes by random ids: the writer keeps the pages that it comes back to (KiB,
            // negative).
            if !db.configuration.readonly { try db.execute(sql: "PRAGMA cache_size = -16384") }
        }
        return configuration
    }

    private static func migrate(_ pool: DatabasePool) throws {
        try pool.write { db in
            guard try Int32.fetchOne(db, sql: "PRAGMA application_id") != Schema.applicationID else { return }
            try db.execute(sql: "PRAGMA application_id = \(Schema.applicationID)")
        }
        let migrator = Schema.migrator
        guard try !pool.read(migrator.hasCompletedMigrations) else { return }
        try migrator.migrate(pool)
        // The header says which version wrote the file: out of the log with it, where `StateFile` reads it.
        _ = try pool.writeWithoutTransaction { db in try db.checkpoint(.truncate) }
    }
}
