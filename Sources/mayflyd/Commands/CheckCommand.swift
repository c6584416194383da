import ArgumentParser
import MayflyCore
import MayflyDatabases

struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Is the configuration right?")
    @OptionGroup var config: ConfigurationOption
    func run() async throws { _ = try config.load() }
}
struct GuardPrintCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "print")
    @OptionGroup var config: ConfigurationOption
    func run() async throws { _ = try config.load() }
}
