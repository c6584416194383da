import ArgumentParser
import MayflyCore
import MayflyDatabases

/// How a command comes to a plan.
struct Planning {
    let definition: DatabaseDefinition
    private let installation: Configuration.Installation
    private let profiles: [Profile]
    private let dba: DBAOptions?

    init(_ definition: DatabaseDefinition, _ configuration: Configuration, dba: DBAOptions?) {
        self.definition = definition
        installation = configuration.installation
        profiles = configuration.profiles(of: definition.name)
        self.dba = dba
    }

    /// Against the server.
    func plan() async throws(EngineFailure) -> ScopePlan {
        if let dba {
            switch definition.engine {
            case .postgresql:
                return try await dba.postgreSQL(definition, installation: installation).plan(profiles)
            case .mariadb, .mysql:
                return try await dba.mariaDB(definition, installation: installation).plan(profiles)
            }
        }
        let engine = EngineFactory.engine(for: definition, installation: installation)
        do throws(EngineFailure) {
            let plan = try await engine.plan(profiles)
            await engine.close()
            return plan
        } catch {
            await engine.close()
            throw error
        }
    }

    /// Without it.
    func offline() throws(EngineFailure) -> ScopePlan {
        switch definition.engine {
        case .postgresql:
            try PostgreSQLEngine.planOffline(profiles, of: definition, installation: installation)
        case .mariadb, .mysql:
            try MariaDBEngine.planOffline(profiles, of: definition, installation: installation)
        }
    }

    /// As a script for the engine's own client.
    func script(_ plan: ScopePlan) throws(EngineFailure) -> String {
        switch definition.engine {
        case .postgresql: try PlanScript(plan, of: definition).text()
        case .mariadb, .mysql: MariaDBPlanScript(plan).text()
        }
    }

    /// Runs a plan's statements as the DBA.
    func apply(_ plan: ScopePlan, willRun: (PlanStep) -> Void) async throws(PlanFailure) {
        guard let dba else { return }
        switch definition.engine {
        case .postgresql:
            let server: PostgreSQLDBA
            do throws(EngineFailure) {
                server = try dba.postgreSQL(definition, installation: installation)
            } catch { throw PlanFailure(error) }
            try await server.apply(plan, willRun: willRun)
        case .mariadb, .mysql:
            let server: MariaDBDBA
            do throws(EngineFailure) {
                server = try dba.mariaDB(definition, installation: installation)
            } catch { throw PlanFailure(error) }
            try await server.apply(plan, willRun: willRun)
        }
    }

    /// Says what went wrong.
    /// - Returns: how the command ends.
    func complain(_ failure: EngineFailure) -> ExitCode {
        Terminal.error("\(definition.name): \(failure.message)")
        if let hint = failure.hint { Terminal.hint(hint) }
        return failure.kind == .unreachable ? ExitStatus.unreachable : ExitStatus.findings
    }
}
