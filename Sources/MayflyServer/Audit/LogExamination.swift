import MayflyCore
import MayflyCrypto

/// What the keeper looks at before it signs: whether the state is the one that the last checkpoint was signed of, and whether
/// the log goes on from there without a break.
///
/// A state that was set back to an older one, or whose checkpoints were deleted and its log written anew, agrees with itself.
/// It does not agree with what was remembered beside the key, or in a file elsewhere.
struct LogExamination {
    /// Records of one step.
    private static let page = 1000

    private(set) var last: SignedCheckpoint?
    /// Up to here it was looked at.
    private(set) var sequence: Int64
    private(set) var hash: String
    /// What it was told beside the key.
    let remembered: RememberedCheckpoint

    /// - Throws: `TrailObjection` when what is there is not what was signed.
    init(
        store: any Store, keys: any CheckpointKeys, installation: String
    ) async throws {
        do {
            last = try await store.checkpoints(CheckpointQuery(newest: true, limit: 1)).last
        } catch .corrupt(let what) { throw TrailObjection(what) }
        let pruned = try await store.pruned()
        do { remembered = try keys.last() } catch {
            throw TrailObjection("what was signed last is not known: \(error)")
        }
        switch remembered {
        case .missing: try await Self.checkBeginning(last, keys: keys, in: store)
        case .nothing, .accepted: break
        case .checkpoint(let known):
            try await Self.compare(known, from: "beside the key", with: last, in: store)
        }
        guard let last else {
            if let pruned {
                throw TrailObjection(
                    "records up to \(pruned.sequence) were pruned, and the checkpoint that stands for them is gone"
                )
            }
            (sequence, hash) = (0, AuditEncoding.genesis)
            return
        }
        (sequence, hash) = (last.checkpoint.sequence, last.checkpoint.hash)
        try Self.check(last, installation: installation)
        try await checkGround(pruned, in: store)
    }

    /// Nothing is remembered: that is so at the very first start, and where somebody took the file away.
    private static func checkBeginning(
        _ last: SignedCheckpoint?, keys: any CheckpointKeys, in store: any Store
    ) async throws {
        if let last {
            throw TrailObjection(
                "the state has checkpoint \(last.checkpoint.number), and what was signed last is not beside the key any "
                    + "more: whether it was set back cannot be told. Look who took the file away; 'mayflyd audit "
                    + "accept-state' has it go on")
        }
        guard try keys.current() != nil else { return }
        let starts = try await store.audit(AuditQuery(limit: 2, action: .daemonStarted))
        guard starts.count < 2 else {
            throw TrailObjection(
                "there is a key, and no checkpoint of a log that is not new: they were deleted. 'mayflyd audit "
                    + "accept-state' has it go on")
        }
    }

    private static func check(_ last: SignedCheckpoint, installation: String) throws(TrailObjection) {
        let checkpoint = last.checkpoint
        guard
            SigningPublicKey(hex: checkpoint.key)?.isSignature(last.signature, of: checkpoint.bytes) == true
        else {
            throw TrailObjection("checkpoint \(checkpoint.number) in the state is not as it was signed")
        }
        guard checkpoint.installation == installation else {
            throw TrailObjection(
                "the log is of the installation \(checkpoint.installation.quoted(limit: 100)), and the "
                    + "configuration names \(installation.quoted(limit: 100)): give it its name again")
        }
    }

    /// One that was signed, from elsewhere, with what the state has.
    private static func compare(
        _ known: SignedCheckpoint, from place: String, with last: SignedCheckpoint?, in store: any Store
    ) async throws {
        let number = known.checkpoint.number
        guard let last, last.checkpoint.number >= number else {
            throw TrailObjection(
                "checkpoint \(number), which is known \(place), is not in the state: it was set back to an older "
                    + "one, or its checkpoints were deleted")
        }
        guard try await store.checkpoints(CheckpointQuery(after: number - 1, limit: 1)).first == known else {
            throw TrailObjection(
                "checkpoint \(number) in the state is another than the one that is known \(place)")
        }
    }

    /// The record that the last checkpoint covers has to be there as it was.
    private func checkGround(_ pruned: AuditCheckpoint.Pruned?, in store: any Store) async throws {
        guard sequence > 0 else { return }
        let there: String?
        if let pruned, pruned.sequence == sequence {
            there = pruned.hash
        } else {
            let entry = try await store.trail(after: sequence - 1, limit: 1).first
            there =
                entry?.sequence == sequence ? try entry.map { try SHA256Digest(hashing: $0.body).hex } : nil
        }
        guard there == hash else {
            throw TrailObjection(
                there == nil
                    ? "record \(sequence), which checkpoint \(last?.checkpoint.number ?? 0) covers, is missing"
                    : "record \(sequence) is another than the one that checkpoint "
                        + "\(last?.checkpoint.number ?? 0) covers")
        }
    }

    /// Goes on through what was recorded since.
    /// - Returns: whether there may be more.
    mutating func goOn(in store: any Store) async throws -> Bool {
        let entries = try await store.trail(after: sequence, limit: Self.page)
        try take(entries)
        return entries.count == Self.page
    }

    mutating func take(_ entries: [TrailEntry]) throws {
        for entry in entries {
            guard entry.sequence == sequence + 1 else {
                throw TrailObjection("record \(sequence + 1) is missing")
            }
            guard let record = entry.record, try SHA256Digest(hashing: entry.body).hex == entry.hash else {
                throw TrailObjection("record \(entry.sequence) was changed")
            }
            guard record.previousHash == hash else {
                throw TrailObjection("record \(entry.sequence) does not follow the one before it")
            }
            (sequence, hash) = (entry.sequence, entry.hash)
        }
    }

    mutating func signed(_ made: SignedCheckpoint) { last = made }
}
