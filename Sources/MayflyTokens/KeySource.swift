import Foundation
import MayflyCore

/// The keys of one signer, as fresh as can be had.
///
/// A file is read again when it changes; one that cannot be read, or holds no key set, ends the signer until it does.
/// A URL is asked when what is known is older than `refresh`, and once for a `kid` that is not known; never more often
/// than every `pause`, whoever calls. While it does not answer, what is known stays in use for `longest`.
actor KeySource {
    static let refresh: TimeInterval = 15 * 60
    static let pause: TimeInterval = 30
    static let longest: TimeInterval = 24 * 3600

    typealias Fetch = @Sendable (_ url: String, _ ca: String?) async throws(KeySetFailure) -> [UInt8]

    private let location: KeyLocation
    private let fetch: Fetch
    private var keys: KeySet?
    private var at: Date?
    private var stamp: KeySetFile.Stamp?
    private var triedAt: Date?
    private var problem: String?
    private var fetching: Task<Void, Never>?

    init(_ location: KeyLocation, fetch: @escaping Fetch) {
        self.location = location
        self.fetch = fetch
    }

    /// - Throws: `unknownKey`, or `keysUnavailable`.
    func key(_ id: String?, for algorithm: SignatureAlgorithm, now: Date) async throws(TokenFailure)
        -> VerificationKey
    {
        await update(now, isMissing: false)
        guard var current = usable(now) else { throw .keysUnavailable }
        if current.key(id, for: algorithm) == nil {
            await update(now, isMissing: true)
            guard let renewed = usable(now) else { throw .keysUnavailable }
            current = renewed
        }
        guard let key = current.key(id, for: algorithm) else { throw .unknownKey }
        return key
    }

    func health(_ name: String, now: Date) async -> SignerHealth {
        if case .file = location { await update(now, isMissing: false) }
        return SignerHealth(name: name, keys: usable(now)?.count ?? 0, at: at, problem: problem)
    }

    private func usable(_ now: Date) -> KeySet? {
        guard let keys, let at else { return nil }
        switch location {
        case .file: return keys
        case .url: return abs(now.timeIntervalSince(at)) < Self.longest ? keys : nil
        }
    }

    private func update(_ now: Date, isMissing: Bool) async {
        switch location {
        case .file(let path): await read(KeySetFile(path: path), now)
        case .url(let url, let ca):
            let isFresh = at.map { abs(now.timeIntervalSince($0)) < Self.refresh } ?? false
            guard isMissing || !isFresh else { return }
            if let fetching { return await fetching.value }
            if let triedAt, abs(now.timeIntervalSince(triedAt)) < Self.pause { return }
            triedAt = now
            // Of its own, so that a caller who hangs up does not take the keys from those who wait for them too.
            let task = Task { await self.fetch(url, ca, now) }
            fetching = task
            await task.value
        }
    }

    private func fetch(_ url: String, _ ca: String?, _ now: Date) async {
        do throws(KeySetFailure) {
            keys = try await KeySet(parsing: try await fetch(url, ca))
            at = now
            problem = nil
        } catch {
            problem = error.description
        }
        fetching = nil
    }

    private func read(_ file: KeySetFile, _ now: Date) async {
        if let stamp, stamp == file.stamp { return }
        do throws(KeySetFailure) {
            let (bytes, stamp) = try file.stampedRead()
            let read = try await KeySet(parsing: bytes)
            (keys, at, problem, self.stamp) = (read, now, nil, stamp)
        } catch {
            (keys, stamp, problem) = (nil, nil, error.description)
        }
    }
}
