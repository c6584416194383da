/// How the audit log is kept and proven.
package struct AuditTerms: Hashable, Sendable {
    /// Seconds between two checkpoints, where there is something new.
    package var checkpointEvery = 300
    /// The file of the key that they are signed with; nil for the one beside the state.
    package var keyFile: String?
    /// Files that get a line with each checkpoint.
    package var appendTo: [String] = []
    /// Who else gets every record.
    package var exporters: [AuditExporter] = []

    /// Days after which records are removed; nil keeps them for ever.
    package var keepDays: Int?

    package init() {}

    package func keyFile(besideState path: String) -> String { keyFile ?? path + ".checkpoint-key" }
}
