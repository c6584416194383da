/// A checkpoint as the state has it, right or wrong: what a verifier is given.
package struct CheckpointEntry: Hashable, Sendable {
    package var number: Int64
    /// The last record that it covers, by the index that it is found by.
    package var sequence: Int64
    /// The bytes that were signed.
    package var body: [UInt8]
    /// Nil when the bytes cannot be read, or are those of another number.
    package var signed: SignedCheckpoint?

    package init(number: Int64, sequence: Int64, body: [UInt8], signed: SignedCheckpoint?) {
        self.number = number
        self.sequence = sequence
        self.body = body
        self.signed = signed
    }
}
