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
    /// What it may be instead of `text`: the client's name for it stands before it, and may have any characters.
    package var others: [String]
    /// What pgaudit calls it: `READ SELECT TABLE public.orders`.
    package var audit: String?

    package init(
        text: String, phase: Phase = .simple, milliseconds: Double? = nil, parameters: String? = nil,
        others: [String] = []
    ) {
        self.others = others
        self.text = text
        self.phase = phase
        self.milliseconds = milliseconds
        self.parameters = parameters
    }
}
