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
        do {
            try await Daemon.run(configurationPath: config.path)
        } catch let errors as ConfigurationErrors {
            config.complain(errors)
            throw ExitStatus.configuration
        } catch {
            Terminal.error("\(error)")
            throw ExitStatus.failure
        }
    }
}
