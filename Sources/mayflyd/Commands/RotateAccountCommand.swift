import ArgumentParser
import MayflyCore
import MayflyDatabases

struct RotateAccountCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate-account",
        abstract: "Give the broker's account on a server a new password.",
        discussion: """
            It is written beside the file of `password_file`, as FILE.next, given to the
            server as a verifier, seen to work, and renamed to FILE. Cut short at any
            point, it is finished by the next run, and meanwhile the daemon finds the
            right one of the two. A daemon that runs takes it up at its next connect.

            On PostgreSQL and MariaDB the account changes its own password. MySQL takes
            that in plain text only, which is never sent: a DBA changes it (--as-dba).
            Run it as whoever may write beside the file.

            EXAMPLES
              mayflyd rotate-account orders
              mayflyd rotate-account shop --as-dba --dba-host /run/mysqld/mysqld.sock

            EXIT CODES
              0   the new password is in force
              1   it is not
              64  the arguments are wrong
              78  the configuration is wrong
            """)

    @Argument(help: ArgumentHelp("A database of the configuration.", valueName: "database"))
    var name: String

    @OptionGroup var config: ConfigurationOption

    @OptionGroup(title: "Changing it as a DBA") var dba: DBAOptions

    func run() async throws {
        let configuration = try config.load().configuration
        guard let known = DatabaseName(rawValue: name), let definition = configuration.databases[known] else {
            let names = configuration.databases.keys.map(\.rawValue).sorted()
            throw ValidationError(
                "no database is called \(name.quoted()); there are: \(names.joined(separator: ", "))")
        }
        do throws(AccountRotation.Failure) {
            let path = try file(of: definition, configuration)
            let rotation = AccountRotation(
                path: path, environment: .current,
                account: EngineFactory.account(of: definition, installation: configuration.installation),
                dba: try byDBA(definition, configuration))
            let outcome = try await rotation.run()
            let account = definition.account.user.quoted()
            let told =
                switch outcome {
                case .rotated: "\(account) has a new password, in \(path)"
                case .finishedEarlier:
                    "\(account) had a new password from a run that was cut short, now in \(path)"
                }
            Terminal.output("\(known): \(told)")
        } catch {
            Terminal.error(error.message)
            if let fix = error.fix { Terminal.hint(fix) }
            throw ExitStatus.failure
        }
    }

    private func byDBA(
        _ definition: DatabaseDefinition, _ configuration: Configuration
    ) throws(AccountRotation.Failure) -> (account: any RotatableAccount, changer: AccountChanger)? {
        guard dba.asDBA else { return nil }
        do throws(EngineFailure) {
            return (
                EngineFactory.account(
                    of: dba.reached(definition), installation: configuration.installation),
                try dba.changer(definition.engine)
            )
        } catch {
            throw AccountRotation.Failure(message: error.message, fix: error.hint)
        }
    }

    /// Where the password is, when we can write it and it is the account's only one.
    private func file(
        of definition: DatabaseDefinition, _ configuration: Configuration
    ) throws(AccountRotation.Failure) -> String {
        let path: String
        switch definition.account.password {
        case .file(let file): path = file
        case .systemdCredential(let name):
            throw unwritable("the systemd credential \(name)", definition)
        case .environment(let name): throw unwritable("the environment variable \(name)", definition)
        case .none:
            throw AccountRotation.Failure(
                message: "\(definition.name) has no password: the server knows the account by its socket")
        }
        for other in configuration.databases.values.sorted(by: { $0.name < $1.name })
        where other.name != definition.name && Set(other.hosts) == Set(definition.hosts)
            && other.port == definition.port && other.account.user == definition.account.user
            && other.account.password != definition.account.password
        {
            throw AccountRotation.Failure(
                message: "\(other.name) has the same account, and its password from elsewhere",
                fix: "let both have one password_file")
        }
        return path
    }

    private func unwritable(
        _ source: String, _ definition: DatabaseDefinition
    ) -> AccountRotation.Failure {
        let user = definition.account.user
        let statement: String
        do throws(EngineFailure) {
            statement =
                switch definition.engine {
                case .postgresql: "in psql: \\password \(try PostgreSQLQuoting.identifier(user))"
                case .mariadb, .mysql:
                    "ALTER USER \(try MariaDBQuoting.account(user, host: definition.accountHost)) IDENTIFIED BY '…'"
                }
        } catch {
            statement = error.message
        }
        return AccountRotation.Failure(
            message: "\(definition.name) has its password from \(source), which is not ours to write",
            fix: "change it there and, as a DBA, in the server: \(statement); or use password_file")
    }
}
