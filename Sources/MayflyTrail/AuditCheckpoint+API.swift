import Foundation
package import MayflyAPI
package import MayflyCore

extension MayflyAPI.AuditCheckpoint {
    package init(_ signed: SignedCheckpoint) {
        let checkpoint = signed.checkpoint
        self.init(
            version: MayflyCore.AuditCheckpoint.version, installation: checkpoint.installation,
            number: checkpoint.number, previous: checkpoint.previous, at: checkpoint.at,
            seq: checkpoint.sequence, hash: checkpoint.hash, prunedSeq: checkpoint.pruned?.sequence,
            prunedHash: checkpoint.pruned?.hash, key: checkpoint.key, nextKey: checkpoint.nextKey,
            signature: Data(signed.signature))
    }
}

extension SignedCheckpoint {
    /// What was signed, and the signature; whether that fits is not looked at here.
    package init(_ wire: MayflyAPI.AuditCheckpoint) {
        var checkpoint = MayflyCore.AuditCheckpoint(
            installation: wire.installation, number: wire.number, previous: wire.previous, at: wire.at,
            sequence: wire.seq, hash: wire.hash, key: wire.key, nextKey: wire.nextKey)
        if let sequence = wire.prunedSeq, let hash = wire.prunedHash {
            checkpoint.pruned = .init(sequence: sequence, hash: hash)
        }
        self.init(checkpoint: checkpoint, signature: [UInt8](wire.signature))
    }
}
