/// A record as the state has it, right or wrong: what a verifier is given.
package struct TrailEntry: Hashable, Sendable {
    package var sequence: Int64
    /// The bytes that the hash is of.
    package var body: [UInt8]
    package var hash: String
    /// Nil when the bytes cannot be read, or are those of another number.
    package var record: AuditRecord?
    /// What is wrong with how it is kept, beyond its hash: words for people.
    package var flaw: String?

    package init(
        sequence: Int64, body: [UInt8], hash: String, record: AuditRecord?, flaw: String? = nil
    ) {
        self.sequence = sequence
        self.body = body
        self.hash = hash
        self.record = record
        self.flaw = flaw
    }
}
