import ArgumentParser

/// Where the configuration is.
struct ConfigurationOption: ParsableArguments {
    @Option(
        name: .customLong("config"),
        help: ArgumentHelp("The configuration file.", valueName: "file"))
    var path = "/etc/mayfly/mayfly.yaml"

    /// The validated file.
    /// - Throws: `ExitCode` 78 after all that is wrong was written to stderr.
    func load() throws -> ConfigurationFile {
        do {
            return try ConfigurationFile.load(path: path, environment: .current)
        } catch {
            complain(error)
            throw ExitStatus.configuration
        }
    }

    /// Writes all that is wrong to stderr.
    func complain(_ errors: ConfigurationErrors) {
        for problem in errors.problems { Terminal.error(problem.description) }
        let count = errors.problems.count
        Terminal.hint("\(count) problem\(count == 1 ? "" : "s") in the configuration; nothing was changed")
    }
}
