/// Collects what is wrong while a file is read, so that all of it is said at once.
final class ProblemList {
    let file: String
    private(set) var errors: [ConfigurationProblem] = []
    private(set) var notes: [ConfigurationProblem] = []

    init(file: String) { self.file = file }

    func error(line: Int, column: Int, key: String, _ message: String, fix: String?) {
        errors.append(problem(line, column, key, message, fix))
    }

    func note(line: Int, column: Int, key: String, _ message: String, fix: String?) {
        notes.append(problem(line, column, key, message, fix))
    }

    var sortedErrors: [ConfigurationProblem] { Self.inOrderOfFile(errors) }
    var sortedNotes: [ConfigurationProblem] { Self.inOrderOfFile(notes) }

    private func problem(
        _ line: Int, _ column: Int, _ key: String, _ message: String, _ fix: String?
    ) -> ConfigurationProblem {
        ConfigurationProblem(file: file, line: line, column: column, key: key, message: message, fix: fix)
    }

    /// Stable: what is said about the same place stays in the order in which it was found.
    private static func inOrderOfFile(_ problems: [ConfigurationProblem]) -> [ConfigurationProblem] {
        problems.enumerated().sorted { a, b in
            (a.element.line, a.element.column, a.offset) < (b.element.line, b.element.column, b.offset)
        }.map(\.element)
    }
}
