import ArgumentParser

struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run the daemon in the foreground (the default).",
        discussion: """
            EXAMPLES
              mayflyd --config /etc/mayfly/mayfly.yaml
              mayflyd run --config ./mayfly.yaml
            """)

    @OptionGroup var config: ConfigurationOption

    func run() async throws {
        try await runDaemon(configurationPath: config.path)
    }
}
