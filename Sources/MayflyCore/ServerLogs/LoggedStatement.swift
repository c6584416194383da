/// A statement as a server's log has it.
package struct LoggedStatement: Hashable, Sendable {
    /// What the server did when it wrote the line. By the extended protocol one statement is logged in three.
    package enum Phase: String, Sendable, Codable, CaseIterable {
        case simple, parse, bind, execute, fetch
    }

    package var text: String
    package var phase: Phase
    package var milliseconds: Double?
    /// `$1 = 'x', $2 = NULL`, where the server logs them.
    package var parameters: String?

    package init(
        text: String, phase: Phase = .simple, milliseconds: Double? = nil, parameters: String? = nil
    ) {
        self.text = text
        self.phase = phase
        self.milliseconds = milliseconds
        self.parameters = parameters
    }
}
