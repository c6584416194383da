package import MayflyCore
import MayflyCrypto

/// A configuration file, read and validated in one go.
///
///     let file = try ConfigurationFile.load(path: "/etc/mayfly/mayfly.yaml", environment: .current)
///     serve(file.configuration)
package struct ConfigurationFile: Sendable, Equatable {
    package let path: String
    package let configuration: Configuration
    /// What is allowed, but may not be meant.
    package let notes: [ConfigurationProblem]

    /// Reads and validates the file at `path`. The file holds the policy: it must belong to the daemon's user or
    /// root, and nobody else may be able to write to it.
    /// - Throws: everything that is wrong, at once.
    package static func load(
        path: String, environment: ConfigurationEnvironment
    ) throws(ConfigurationErrors) -> ConfigurationFile {
        try parse(
            text: PolicyFile.read(path: path, environment: environment), path: path, environment: environment)
    }

    /// Validates `text`. Looks at the secret files that it names, and at no other file or server.
    /// - Parameter path: what the messages call the file.
    /// - Throws: everything that is wrong, at once.
    package static func parse(
        text: String, path: String, environment: ConfigurationEnvironment
    ) throws(ConfigurationErrors) -> ConfigurationFile {
        let problems = ProblemList(file: path)
        guard let tree = YAMLTree(text: text, problems: problems),
            var configuration = RootSection.read(tree.field, environment: environment),
            problems.errors.isEmpty
        else {
            throw ConfigurationErrors(problems.sortedErrors)
        }
        do { configuration.digest = try SHA256Digest(hashing: Array(text.utf8)).hex } catch {
            // Without it the record says no digest; the configuration is what counts.
            configuration.digest = nil
        }
        return ConfigurationFile(path: path, configuration: configuration, notes: problems.sortedNotes)
    }
}
