import ArgumentParser
import MayflyCore
import MayflyDatabases

struct PrintDBASQLCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "print-dba-sql",
        abstract: "Print a view for DBAs: who is behind each role, in SQL.",
        discussion: """
            The statements go to stdout, and nothing else does. Read them, then run them as
            the owner of the schema that the view is to be in. It works without the daemon,
            and reads with the rights of whoever looks into it.

            EXAMPLES
              mayflyd print-dba-sql orders | psql -X -v ON_ERROR_STOP=1 -d postgres
              mayflyd print-dba-sql orders --schema dba | psql -X -d postgres
              mayflyd print-dba-sql shop | mariadb
            """)

    @Argument(help: ArgumentHelp("A database of the configuration.", valueName: "database"))
    var name: String

    @Option(
        help: "The schema to make the view in: by default public, or that of the guard on MariaDB and MySQL.")
    var schema: String?

    @Option(help: "The view's name.")
    var view: String = "mayfly_roles"

    @OptionGroup var config: ConfigurationOption

    func run() async throws {
        let configuration = try config.load().configuration
        guard let known = DatabaseName(rawValue: name), let definition = configuration.databases[known] else {
            let names = configuration.databases.keys.map(\.rawValue).sorted()
            throw ValidationError(
                "no database is called \(name.quoted()); there are: \(names.joined(separator: ", "))")
        }
        do throws(EngineFailure) {
            Terminal.output(try DBAView(engine: definition.engine, schema: schema, name: view).script())
        } catch {
            Terminal.error(error.message)
            throw ExitStatus.findings
        }
    }
}
