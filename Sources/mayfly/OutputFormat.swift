import ArgumentParser

/// How a result is written.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
    /// For people.
    case text
    /// The API's own JSON.
    case json
    /// `export` lines for a shell.
    case env
    /// A `.env` file.
    case dotenv
    /// A connection URL.
    case url
    /// A line for libpq's password file.
    case pgpass
    /// A section for libpq's connection service file.
    case pgservice
    /// An option file of MariaDB's and MySQL's clients.
    case mycnf
    /// For the later steps of a GitHub workflow.
    case github

    /// Whether it is for a credential only.
    var isForCredentials: Bool { self != .text && self != .json }
}
