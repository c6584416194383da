/// What a checkpoint is made on, as the state has it in the moment of its commit.
package struct CheckpointGround: Sendable {
    /// The last audit record; 0 when there is none.
    package var sequence: Int64
    package var hash: String
    package var pruned: AuditCheckpoint.Pruned?
    package var last: SignedCheckpoint?
    /// The records after the one that was asked for, as they are: some of them only, where they are very many.
    package var since: [TrailEntry]

    package init(
        sequence: Int64, hash: String, pruned: AuditCheckpoint.Pruned? = nil, last: SignedCheckpoint? = nil,
        since: [TrailEntry] = []
    ) {
        self.sequence = sequence
        self.hash = hash
        self.pruned = pruned
        self.last = last
        self.since = since
    }
}
