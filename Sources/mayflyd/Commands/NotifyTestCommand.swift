import ArgumentParser
import MayflyCore
import MayflyServer

struct NotifyTestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "notify-test",
        abstract: "Send a notification to a target, to see whether it works.",
        discussion: """
            Sends the event `test`, once, by the configuration and the files that it names; the
            daemon is not asked. Run it as the daemon's user.

            EXAMPLES
              mayflyd notify-test chat
              mayflyd notify-test mail --config ./mayfly.yaml

            EXIT CODES
              0   the target took it
              1   it did not
              64  no target is called that
              78  the configuration is wrong
            """)

    @OptionGroup var config: ConfigurationOption

    @Argument(help: ArgumentHelp("A target under `notifications`.", valueName: "target"))
    var target: String

    func run() async throws {
        let configuration: Configuration
        do {
            configuration = try ConfigurationFile.load(path: config.path, environment: .current).configuration
        } catch {
            config.complain(error)
            throw ExitStatus.configuration
        }
        guard let target = configuration.notifications.targets.first(where: { $0.name == target }) else {
            throw ValidationError("no target is called \(target.quoted())")
        }
        let timekeeper = Timekeeper.system()
        let courier = CourierFactory.courier(for: target, timekeeper: timekeeper)
        var failure: DeliveryFailure?
        do {
            try await courier.deliver(.test(configuration.installation, now: timekeeper.now()))
        } catch { failure = error }
        await courier.close()
        guard let failure else { return Terminal.output("\(target.name) took it") }
        Terminal.error("\(target.name) did not take it: \(failure)")
        throw ExitStatus.findings
    }
}
