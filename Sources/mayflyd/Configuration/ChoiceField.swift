/// One of a few words.
enum ChoiceField {
    static func read<Choice: RawRepresentable<String> & CaseIterable>(
        _ field: Field, _ wanted: String, _: Choice.Type
    ) -> Choice? {
        guard let text = field.string(wanted) else { return nil }
        if let choice = Choice(rawValue: text) { return choice }
        let words = Choice.allCases.map(\.rawValue)
        field.error(
            "\(field.shown(text)) is not \(wanted)",
            fix: Spelling.nearest(to: text, among: words).map { "did you mean \($0)?" }
                ?? words.joined(separator: " or "))
        return nil
    }
}
