import Testing

/// One way to break the sample, and what must be said about it.
struct Breakage: Sendable, CustomTestStringConvertible {
    let find: String
    let replacement: String
    let complaints: [String]

    init(_ find: String, _ replacement: String, _ complaints: String...) {
        self.find = find
        self.replacement = replacement
        self.complaints = complaints
    }

    var testDescription: String { replacement.isEmpty ? "without \(find)" : replacement }
}
