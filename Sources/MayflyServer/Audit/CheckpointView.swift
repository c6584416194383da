import MayflyCore

/// The state's checkpoints, for somebody who compares those of a file with them one after the other.
struct CheckpointView {
    /// Read at once, as the next ones are likely to be asked for.
    private static let page = 200

    private let store: any Store
    private let newest: SignedCheckpoint?
    let installation: String
    /// Keys of this installation that are known.
    let keys: Set<String>
    private var window: [Int64: SignedCheckpoint] = [:]

    /// - Parameter key: the one in force, by its file.
    init(_ store: any Store, newest: SignedCheckpoint?, installation: String, key: String?) {
        self.store = store
        self.newest = newest
        self.installation = installation
        keys = Set([key, newest?.checkpoint.key, newest?.checkpoint.keyFromNowOn].compactMap { $0 })
    }

    mutating func checkpoint(_ number: Int64) async throws -> SignedCheckpoint? {
        guard let newest, (1...newest.checkpoint.number).contains(number) else { return nil }
        if let known = window[number] { return known }
        let page = try await page(from: number)
        window = Dictionary(page.map { ($0.checkpoint.number, $0) }) { first, _ in first }
        return window[number]
    }

    private func page(from number: Int64) async throws -> [SignedCheckpoint] {
        let query = CheckpointQuery(after: number - 1, limit: Self.page)
        do { return try await store.checkpoints(query) } catch .corrupt(let what) {
            throw TrailObjection(what)
        }
    }
}
