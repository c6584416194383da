import ArgumentParser

/// How a result is written.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
    /// For people.
    case text
    /// The API's own JSON.
    case json
    /// `export` lines for a shell.
    case env
}
