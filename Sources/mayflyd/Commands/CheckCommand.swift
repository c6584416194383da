import ArgumentParser
import MayflyCore
import MayflyDatabases

struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Is the configuration right, and are the servers ready?",
        usage: "mayflyd check [--config <file>] [--connect] [options]",
        discussion: """
            Without more it reads the configuration and the files that it names, and
            talks to nobody. Run it as the daemon's user.

            EXAMPLES
              mayflyd check --config /etc/mayfly/mayfly.yaml
              mayflyd check --connect
              mayflyd check --connect --database orders --json
              mayflyd check --probe orders-read
              PGPASSWORD=… mayflyd check --as-dba --dba-user postgres
              runuser -u mayfly -- mayflyd check --connect

            EXIT CODES
              0   no error (there may be warnings)
              1   a check found an error
              64  the arguments are wrong
              69  a server cannot be reached
              78  the configuration is wrong
            """)

    @OptionGroup var config: ConfigurationOption

    @Flag(help: "Ask each server how it is, as the broker's account.")
    var connect = false

    @Option(help: ArgumentHelp("Look at this database only.", valueName: "name"))
    var database: String?

    @Option(
        help: ArgumentHelp(
            "Also issue for this profile, log in as the new role, and revoke. May be repeated.",
            valueName: "profile"))
    var probe: [String] = []

    @OptionGroup(title: "Reading the guard as a DBA") var dba: DBAOptions

    @Flag(help: "Write JSON.")
    var json = false

    func run() async throws {
        var report = CheckReport()
        let file: ConfigurationFile
        do {
            file = try ConfigurationFile.load(path: config.path, environment: .current)
        } catch {
            report.add(error.problems, severity: .error)
            if json { Terminal.output(try report.json()) }
            config.complain(error)
            throw ExitStatus.configuration
        }
        report.add(
            "configuration",
            [
                Finding(
                    .ok, "configuration",
                    "\(config.path): databases \(file.configuration.databases.count), "
                        + "profiles \(file.configuration.profiles.count), rules \(file.configuration.access.count)"
                )
            ])
        report.add(file.notes, severity: .note)
        report.add("configuration", NameLookup.findings(for: file.configuration))
        let databases = try chosen(file.configuration)
        if connect || !probe.isEmpty || dba.asDBA {
            for definition in databases {
                await look(at: definition, file.configuration, &report)
            }
        }
        Terminal.output(json ? try report.json() : report.table)
        if report.isUnreachable { throw ExitStatus.unreachable }
        if report.hasErrors { throw ExitStatus.findings }
    }

    /// The databases that are asked for, in the order of their names.
    private func chosen(_ configuration: Configuration) throws -> [DatabaseDefinition] {
        for name in probe where !configuration.profiles.keys.contains(where: { $0.rawValue == name }) {
            throw ValidationError("--probe: no profile is called \(name.quoted())")
        }
        if let database {
            for profile in configuration.profiles.values
            where probe.contains(profile.name.rawValue) && profile.database.rawValue != database {
                throw ValidationError(
                    "--probe: \(profile.name) is a profile of \(profile.database), not of \(database.quoted())"
                )
            }
        }
        let all = configuration.databases.values.sorted { $0.name < $1.name }
        guard let database else {
            guard !connect, !dba.asDBA, !probe.isEmpty else { return all }
            return all.filter { definition in
                configuration.profiles(of: definition.name).contains { probe.contains($0.name.rawValue) }
            }
        }
        guard let definition = all.first(where: { $0.name.rawValue == database }) else {
            throw ValidationError("--database: no database is called \(database.quoted())")
        }
        return [definition]
    }

    private func look(
        at definition: DatabaseDefinition, _ configuration: Configuration, _ report: inout CheckReport
    ) async {
        let name = definition.name.rawValue
        let engine = EngineFactory.engine(for: definition, installation: configuration.installation)
        let isUnreachable = await engine.health().failure?.kind == .unreachable
        if isUnreachable { report.isUnreachable = true }
        let profiles = configuration.profiles(of: definition.name)
        report.add(name, await engine.preflight(profiles: profiles))
        if !isUnreachable {
            for profile in profiles where probe.contains(profile.name.rawValue) {
                report.add(name, await engine.probe(profile))
            }
        }
        if dba.asDBA {
            report.add(
                name,
                await dba.findings(for: definition, installation: configuration.installation))
        }
        await engine.close()
    }
}
