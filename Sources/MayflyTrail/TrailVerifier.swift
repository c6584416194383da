import Foundation
import MayflyAPI
package import MayflyCore
package import MayflyCrypto

/// Reads an audit log once, from its first line to its last, and says whether it is whole.
///
///     var verifier = TrailVerifier(trusting: [key], kept: checkpoints)
///     for line in lines { try verifier.take(line) }
///     let report = try verifier.finish()
///
/// What it can tell, and what not: a record that was changed, taken out, put in or moved, always; that a file breaks off, by
/// its last line. That all after some record was cut off or written anew, where a checkpoint from elsewhere (`kept`) tells of
/// it; that all of it was written anew, where a key from elsewhere (`trusted`) did not sign it. Those keys have to have
/// signed it each, and the last checkpoint is by one of them: with the key of before a change nobody goes on. What comes
/// after the last checkpoint is signed by nobody: `TrailReport.unsigned`. It holds no more than the checkpoints in memory.
package struct TrailVerifier: Sendable {
    private let trusted: [SigningPublicKey]
    private let from: Int64?
    private let to: Int64?
    private let mayBreakOff: Bool
    private let mayEndUnsigned: Bool
    /// Something from elsewhere was given, which is to speak for all that is looked at.
    private let isProofGiven: Bool
    /// Checkpoints whose key the one before need not name.
    private let accepted: Set<Int64>
    /// Those from elsewhere, by the record that they cover.
    private var kept: [Int64: [SignedCheckpoint]]

    private var line = 0
    private var report = TrailReport()
    private var last: (sequence: Int64, hash: String)?
    /// The last of the part that is asked for.
    private var lastWanted: (sequence: Int64, hash: String)?
    private var lastAt: Date?
    private var lastCheckpoint: SignedCheckpoint?
    /// What the first record follows, where that is not the beginning.
    private var before: MayflyCore.AuditCheckpoint.Pruned?
    private var isBeforeKnown = true
    private var byNumber: [Int64: [UInt8]] = [:]
    /// Keys whose checkpoints were held against a record.
    private var proven: Set<String> = []
    /// Whether the last line says that it is the last.
    private var isEnded = false

    /// - Parameters:
    ///   - mayBreakOff: what an exporter writes has no last line that says so.
    ///   - mayEndUnsigned: let records pass that come after the last checkpoint, also where one is kept or a key trusted.
    ///   - accepted: numbers of checkpoints that may be signed with a key that the one before does not name, as a key was lost.
    package init(
        trusting trusted: [SigningPublicKey] = [], kept: [SignedCheckpoint] = [], from: Int64? = nil,
        to: Int64? = nil, mayBreakOff: Bool = false, mayEndUnsigned: Bool = false,
        accepting accepted: Set<Int64> = []
    ) {
        self.accepted = accepted
        isProofGiven = !trusted.isEmpty || !kept.isEmpty
        self.trusted = trusted
        self.from = from
        self.to = to
        self.mayBreakOff = mayBreakOff
        self.mayEndUnsigned = mayEndUnsigned
        self.kept = Dictionary(grouping: kept, by: \.checkpoint.sequence)
    }

    /// Whether nothing that may follow is looked at any more: with `to`, once that record came, and where something is to speak
    /// for it, a checkpoint that covers it.
    package var isDone: Bool {
        guard let to, let last, last.sequence >= to else { return false }
        return !isCoverWanted || (report.signedUpTo ?? 0) >= to
    }

    private var isCoverWanted: Bool { isProofGiven && !mayEndUnsigned }

    package mutating func take(_ bytes: some Collection<UInt8>) throws(TrailFault) {
        line += 1
        guard !bytes.isEmpty else { return }
        guard let read = TrailLine(bytes) else {
            throw TrailFault(
                .line(line),
                "it is neither an audit record nor a checkpoint, or not written as one is: it has what no hash covers"
            )
        }
        isEnded = false
        switch read {
        case .record(let record): try take(record)
        case .checkpoint(let checkpoint): try take(checkpoint)
        case .damaged(let damaged):
            throw TrailFault(
                damaged.number.map { TrailFault.Place.checkpoint($0) } ?? .record(damaged.seq), damaged.what)
        case .end(let sequence):
            try end(at: sequence)
            isEnded = true
        }
    }

    // MARK: records

    private mutating func take(_ record: MayflyAPI.AuditRecord) throws(TrailFault) {
        // Of a part that is asked for, nothing else is looked at, but what leads to the checkpoint that covers its end.
        if let to, record.seq > to, isDone || !isCoverWanted || last == nil { return }
        if let from, record.seq < from, last == nil { return }
        try checkOrder(of: record)
        guard (1...AuditEncoding.versionWithCall).contains(record.version) else {
            throw TrailFault(
                .record(record.seq), "it is of version \(record.version), which is not known here")
        }
        guard try hash(of: record.canonicalBytes) == record.hash else {
            throw TrailFault(.record(record.seq), "its content does not fit its hash: it was changed")
        }
        if let last {
            guard record.previousHash == last.hash else {
                throw TrailFault(
                    .record(record.seq),
                    "it does not follow record \(last.sequence): it names another hash, so one of the two was written anew"
                )
            }
        } else {
            try begin(with: record)
        }
        // Records of one moment are told by several at once, and come in whatever order they were committed.
        if let lastAt, record.at < lastAt.addingTimeInterval(-60) {
            report.notes.append("the clock went back before record \(record.seq)")
        }
        (last, lastAt) = ((record.seq, record.hash), record.at)
        if record.seq <= to ?? .max {
            lastWanted = last
            report.records += 1
        }
        for checkpoint in kept.removeValue(forKey: record.seq) ?? [] {
            try compare(checkpoint, with: record.hash)
        }
    }

    private func checkOrder(of record: MayflyAPI.AuditRecord) throws(TrailFault) {
        guard let last else { return }
        guard record.seq != last.sequence + 1 else { return }
        guard record.seq > last.sequence else {
            throw TrailFault(
                .record(record.seq), "it comes after record \(last.sequence): it was moved or put in")
        }
        throw TrailFault(.record(last.sequence + 1), "it is missing: record \(record.seq) comes in its place")
    }

    private mutating func begin(with record: MayflyAPI.AuditRecord) throws(TrailFault) {
        report.first = record.seq
        if let early = lastCheckpoint?.checkpoint {
            guard early.sequence < record.seq else {
                throw TrailFault(
                    .checkpoint(early.number),
                    "it covers record \(early.sequence) and stands before record \(record.seq)")
            }
            if early.sequence == record.seq - 1, record.seq > 1 {
                guard early.hash == record.previousHash else {
                    throw TrailFault(
                        .record(record.seq),
                        "it does not follow record \(early.sequence) as checkpoint \(early.number) knows it")
                }
            }
        }
        guard record.seq > 1 else {
            guard record.seq == 1 else { throw TrailFault(.record(record.seq), "there is no such number") }
            guard record.previousHash == AuditEncoding.genesis else {
                throw TrailFault(.record(1), "it is the first and names one before it")
            }
            return
        }
        before = MayflyCore.AuditCheckpoint.Pruned(sequence: record.seq - 1, hash: record.previousHash)
        // A checkpoint has to tell that the records before were pruned, unless only a part is asked for.
        isBeforeKnown = from == record.seq
        if isBeforeKnown { report.notes.append("records before \(record.seq) were not looked at") }
        for checkpoint in kept.removeValue(forKey: record.seq - 1) ?? [] {
            try compare(checkpoint, with: record.previousHash)
            isBeforeKnown = true
        }
    }

    // MARK: checkpoints

    private mutating func take(_ signed: SignedCheckpoint) throws(TrailFault) {
        let checkpoint = signed.checkpoint
        let place = TrailFault.Place.checkpoint(checkpoint.number)
        if let to, checkpoint.sequence > to, isDone || !isCoverWanted { return }
        if let from, checkpoint.sequence < from, last == nil { return }
        try checkSignature(signed)
        if let before = lastCheckpoint {
            guard checkpoint.number == before.checkpoint.number + 1 else {
                throw TrailFault(
                    .checkpoint(before.checkpoint.number + 1),
                    "it is missing: checkpoint \(checkpoint.number) comes in its place")
            }
            guard try hash(of: before.checkpoint.bytes) == checkpoint.previous else {
                throw TrailFault(
                    place,
                    "it does not follow checkpoint \(before.checkpoint.number): one of the two was written anew"
                )
            }
            let isNamed = checkpoint.key == before.checkpoint.keyFromNowOn
            if !isNamed, accepted.contains(checkpoint.number) {
                report.notes.append(
                    "the key of checkpoint \(checkpoint.number) is none that the one before names, which was accepted: nothing "
                        + "here proves that both are of one log")
            }
            guard isNamed || accepted.contains(checkpoint.number) else {
                throw TrailFault(
                    place,
                    "it is signed with key \(checkpoint.key), and the one before says \(before.checkpoint.keyFromNowOn): an old key or a foreign one"
                )
            }
            guard checkpoint.installation == before.checkpoint.installation else {
                throw TrailFault(place, "it is of another installation")
            }
            guard checkpoint.sequence >= before.checkpoint.sequence else {
                throw TrailFault(place, "it covers less than the one before")
            }
        } else if from == nil {
            guard checkpoint.number == 1 else {
                throw TrailFault(
                    .checkpoint(1),
                    "it is missing: checkpoint \(checkpoint.number) is the first that is there")
            }
            guard checkpoint.previous == AuditEncoding.genesis else {
                throw TrailFault(place, "it is the first and names one before it")
            }
        }
        if let last {
            guard checkpoint.sequence <= last.sequence else {
                throw TrailFault(
                    .record(last.sequence + 1),
                    "it is missing: checkpoint \(checkpoint.number) covers record \(checkpoint.sequence)")
            }
            guard checkpoint.sequence == last.sequence else {
                throw TrailFault(
                    place, "it covers record \(checkpoint.sequence) and stands after record \(last.sequence)")
            }
            guard checkpoint.hash == last.hash else {
                throw TrailFault(
                    .record(last.sequence),
                    "checkpoint \(checkpoint.number) knows it with another hash: the records were written anew"
                )
            }
        }
        try use(checkpoint.pruned, of: checkpoint)
        lastCheckpoint = signed
        byNumber[checkpoint.number] = checkpoint.bytes
        report.checkpoints += 1
        if report.keys.last != checkpoint.key { report.keys.append(checkpoint.key) }
        // One that stands before all records was held against none of them.
        guard last != nil else { return }
        (report.signedUpTo, report.signedAt) = (checkpoint.sequence, checkpoint.at)
        proven.insert(checkpoint.key)
    }

    private mutating func use(
        _ pruned: MayflyCore.AuditCheckpoint.Pruned?, of checkpoint: MayflyCore.AuditCheckpoint
    ) throws(TrailFault) {
        guard let pruned, let before, pruned.sequence == before.sequence else { return }
        guard pruned.hash == before.hash else {
            throw TrailFault(
                .record(before.sequence + 1),
                "it does not follow what was pruned, as checkpoint \(checkpoint.number) has it")
        }
        if !isBeforeKnown {
            report.notes.append(
                "records up to \(before.sequence) were pruned, as checkpoint \(checkpoint.number) says")
        }
        isBeforeKnown = true
    }

    private func checkSignature(_ signed: SignedCheckpoint) throws(TrailFault) {
        let checkpoint = signed.checkpoint
        let place = TrailFault.Place.checkpoint(checkpoint.number)
        guard let key = SigningPublicKey(hex: checkpoint.key) else {
            throw TrailFault(place, "it names no key")
        }
        guard key.isSignature(signed.signature, of: checkpoint.bytes) else {
            throw TrailFault(place, "its signature does not fit: it was changed, or forged")
        }
    }

    /// One that was kept elsewhere, with the record that it covers.
    private mutating func compare(_ signed: SignedCheckpoint, with hash: String) throws(TrailFault) {
        try checkSignature(signed)
        guard signed.checkpoint.hash == hash else {
            throw TrailFault(
                .record(signed.checkpoint.sequence),
                "the kept checkpoint \(signed.checkpoint.number) knows it with another hash: the records were written anew"
            )
        }
        compared.append(signed)
        report.kept += 1
    }
    private var compared: [SignedCheckpoint] = []

    // MARK: the end

    private mutating func end(at sequence: Int64) throws(TrailFault) {
        let there = last?.sequence ?? 0
        // Of a part the end may be beyond it.
        guard to == nil, from == nil || last != nil, sequence != there else { return }
        throw TrailFault(
            .record(Swift.min(sequence, there) + 1),
            sequence > there
                ? "it is missing: the log says that it ends with record \(sequence)"
                : "it is there, and the log says that it ends with record \(sequence)")
    }

    /// - Throws: what only shows at the end.
    package mutating func finish() throws(TrailFault) -> TrailReport {
        report.last = lastWanted?.sequence
        report.lastHash = lastWanted?.hash
        if let to, (last?.sequence ?? 0) < to {
            throw TrailFault(.record((last?.sequence ?? 0) + 1), "it is missing")
        }
        if let from, last == nil { throw TrailFault(.record(from), "it is missing") }
        if last == nil, let covered = lastCheckpoint?.checkpoint, covered.sequence > 0 {
            throw TrailFault(
                .record(1), "it is missing: checkpoint \(covered.number) covers \(covered.sequence)")
        }
        guard line > 0 else { throw TrailFault(.line(1), "there is nothing to verify") }
        guard isEnded || mayBreakOff else {
            throw TrailFault(
                .line(line + 1),
                "it is missing: the last line does not say that it is the last, so the log breaks off")
        }
        guard isBeforeKnown else {
            throw TrailFault(
                .record(1),
                "it is missing: record \(report.first ?? 0) is the first, and no checkpoint says that those before were pruned"
            )
        }
        try checkKept()
        try checkKeys()
        if report.checkpoints == 0 {
            report.notes.append("there is no checkpoint: that the end was cut off cannot be told")
        }
        if let unsigned = report.unsigned {
            let what = "no checkpoint covers it, nor what follows: whoever has the log can have written that"
            guard mayEndUnsigned || !isProofGiven else {
                throw TrailFault(.record(unsigned.lowerBound), what)
            }
            if report.checkpoints > 0 {
                report.notes.append("from record \(unsigned.lowerBound) on nothing is signed")
            }
        }
        return report
    }

    private func checkKeys() throws(TrailFault) {
        guard !trusted.isEmpty else { return }
        guard !proven.isEmpty else {
            throw TrailFault(
                .keys, "no checkpoint is there that covers a record, so nothing is signed with the given key")
        }
        for key in trusted where !proven.contains(key.hex) {
            throw TrailFault(
                .keys,
                "no checkpoint is signed with the given key \(key.hex): the log is another's, was written anew, or was cut off"
                    + " before that key")
        }
        guard let now = lastCheckpoint?.checkpoint.key, trusted.contains(where: { $0.hex == now }) else {
            throw TrailFault(
                .keys,
                "the last checkpoint is signed with key \(lastCheckpoint?.checkpoint.key ?? "none"), which is not among those given:"
                    + " the key was changed since, or somebody went on with one of their own")
        }
    }

    private mutating func checkKept() throws(TrailFault) {
        let there = last?.sequence ?? 0
        // What is left covers no record that was seen.
        for signed in kept.values.flatMap({ $0 }).sorted(by: { $0.checkpoint.number < $1.checkpoint.number })
        {
            let checkpoint = signed.checkpoint
            try checkSignature(signed)
            if checkpoint.sequence > there, to == nil {
                throw TrailFault(
                    .record(there + 1),
                    "it is missing: the kept checkpoint \(checkpoint.number) covers record \(checkpoint.sequence), so the end was cut off"
                )
            }
        }
        let given = !kept.isEmpty || !compared.isEmpty
        guard !given || !compared.isEmpty else {
            throw TrailFault(.keys, "no kept checkpoint covers a record that is there: they prove nothing")
        }
        let newest = lastCheckpoint?.checkpoint.number ?? 0
        if from == nil, to == nil, report.checkpoints > 0,
            let beyond = compared.map(\.checkpoint.number).filter({ $0 > newest }).min()
        {
            throw TrailFault(
                .checkpoint(newest + 1), "it is missing: the kept checkpoint \(beyond) comes after it")
        }
        let all = kept.values.flatMap { $0 } + compared
        for signed in all {
            let checkpoint = signed.checkpoint
            if let same = byNumber[checkpoint.number], same != checkpoint.bytes {
                throw TrailFault(
                    .checkpoint(checkpoint.number), "the kept one is another: the checkpoints were made anew")
            }
            let known =
                report.keys + [lastCheckpoint?.checkpoint.keyFromNowOn].compactMap { $0 } + trusted.map(\.hex)
            guard known.contains(checkpoint.key) || report.checkpoints == 0 && trusted.isEmpty else {
                throw TrailFault(
                    .checkpoint(checkpoint.number),
                    "the kept one is signed with key \(checkpoint.key), which is none of this log's")
            }
        }
    }

    private func hash(of bytes: [UInt8]) throws(TrailFault) -> String {
        do { return try SHA256Digest(hashing: bytes).hex } catch { throw TrailFault(.keys, "\(error)") }
    }
}
