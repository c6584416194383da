import ArgumentParser
import MayflyAPI
import MayflyCrypto

@main
struct Mayflyd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mayflyd",
        abstract: "Give out short-lived database credentials.",
        discussion: """
            EXAMPLES
              mayflyd --config mayfly.yaml             run in the foreground
              mayflyd check --config mayfly.yaml       is the configuration right?
              mayflyd check --connect                  are the servers ready?
              mayflyd test-policy policy-tests.yaml    do the rules say what they should?
              mayflyd notify-test chat                 does that target take notifications?
              mayflyd guard print orders               what a DBA installs
              mayflyd print-dba-sql orders             who is behind each role, in SQL
              mayflyd plan orders                      what a DBA grants
              mayflyd apply --as-dba orders            the same, and run it
              mayflyd rotate-account orders            a new password for the broker's account
              mayflyd audit public-key                 what checkpoints of the audit log are signed with

            SIGNALS
              SIGHUP   read the configuration again; a wrong one is refused
              SIGTERM  end; work in flight is finished or undone

            EXIT CODES
              0   done
              1   a check found an error, or the daemon failed
              2   a plan found differences
              64  the arguments are wrong
              69  a server cannot be reached
              78  the configuration is wrong
            """,
        version: "mayflyd \(MayflyVersion.current)",
        subcommands: [
            RunCommand.self, CheckCommand.self, TestPolicyCommand.self, NotifyTestCommand.self,
            GuardCommand.self, PlanCommand.self, ApplyCommand.self, PrintDBASQLCommand.self,
            RotateAccountCommand.self, MFACommand.self, AuditCommand.self,
        ],
        defaultSubcommand: RunCommand.self)

    static func main() async {
        OpenSSLLibrary.outliveThreads()
        await main(nil)
    }
}
