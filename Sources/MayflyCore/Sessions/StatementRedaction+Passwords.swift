extension StatementRedaction {
    /// Whether a password may be somewhere in it: where the word stands, whatever it stands for there. Keywords cannot be written
    /// otherwise; what a statement puts together while it runs is not in its text.
    package static func mayHoldPassword(_ text: String) -> Bool {
        let lower = text.utf8.map { (65...90).contains($0) ? $0 | 0x20 : $0 }
        return ["passw", "identified", "secret"].contains { lower.firstRange(of: Array($0.utf8)) != nil }
    }
}
