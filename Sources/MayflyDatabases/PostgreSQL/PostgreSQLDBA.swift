package import MayflyCore
package import SQLClients

/// A DBA's own connections to a server, for what the broker's account has no right to.
package struct PostgreSQLDBA: Sendable {
    private let definition: DatabaseDefinition
    private let installation: Configuration.Installation
    private let user: String
    private let password: AccountPassword?

    /// - Parameter password: nil where the server asks for none.
    /// - Throws: `invalid` for the broker's own account, which is to gain nothing.
    package init(
        _ definition: DatabaseDefinition, installation: Configuration.Installation, user: String,
        password: AccountPassword?
    ) throws(EngineFailure) {
        guard ExactText(user) != ExactText(definition.account.user) else {
            throw EngineFailure(
                .invalid, "\(user.quoted()) is the broker's own account, which has no rights to give",
                hint: "a DBA's account: --dba-user")
        }
        self.definition = definition
        self.installation = installation
        self.user = user
        self.password = password
    }

    package func plan(_ profiles: [Profile]) async throws(EngineFailure) -> ScopePlan {
        let connections = DBAConnections(connect: connect)
        do throws(EngineFailure) {
            let plan = try await plan(profiles, connections)
            await connections.close()
            return plan
        } catch {
            await connections.close()
            throw error
        }
    }

    private func plan(
        _ profiles: [Profile], _ connections: DBAConnections
    ) async throws(EngineFailure) -> ScopePlan {
        let kept = profiles.filter { $0.scope != nil }
        guard !kept.isEmpty else { return ScopePlan(database: definition.name, profiles: []) }
        let reader = PostgreSQLCatalogueReader { (database, statement, values) throws(EngineFailure) in
            try await connections.ask(database, statement, values)
        }
        var holdings = try await reader.read(kept, of: definition, tag: installation.tag)
        if definition.mode == .guard, holdings.databaseNames.contains(ExactText(definition.guardDatabase)) {
            do throws(EngineFailure) {
                // A function of somebody's who laid a database of that name is not called with a DBA's rights.
                let problems = try await connections.ask(
                    definition.guardDatabase, try PostgreSQLGuard.problems(of: .core), [])
                guard problems.isEmpty else {
                    throw EngineFailure(.guardUnusable, "the guard is not to be trusted")
                }
                let answer = try await connections.ask(
                    definition.guardDatabase, PostgreSQLEngine.allowedGroups, []
                ).onlyText()
                holdings.allowed = try PostgreSQLCatalogueReader.decode([String].self, answer)
            } catch {
                // The guard is to be installed yet, or this DBA may not call it: the plan says that it was not asked.
                guard error.kind == .guardUnusable else { throw error }
            }
        }
        return try PostgreSQLPlanner(definition: definition, installation: installation, holdings: holdings)
            .plan(kept)
    }

    /// Runs the statements of a plan, in one transaction for each database.
    ///
    /// - Parameter willRun: told of each statement before it is run.
    /// - Throws: the first error; what other databases had committed before it stays.
    package func apply(
        _ plan: ScopePlan, willRun: (PlanStep) -> Void
    ) async throws(PlanFailure) {
        for place in plan.places(first: definition.database, last: definition.guardDatabase) {
            let steps = plan.profiles.flatMap(\.steps).filter { ExactText($0.place) == ExactText(place) }
            var current: PlanStep?
            do throws(PostgreSQLError) {
                let connection = try await connect(to: place)
                do throws(PostgreSQLError) {
                    // Whoever runs this is not to wait, and hold others up, behind a long transaction.
                    try await connection.run(script: "BEGIN; SET LOCAL lock_timeout = '10s'")
                    for step in steps {
                        current = step
                        willRun(step)
                        try await connection.run(script: step.statement, timeout: .seconds(120))
                    }
                    current = nil
                    try await connection.run(script: "COMMIT", timeout: .seconds(120))
                } catch {
                    await connection.close()
                    throw error
                }
                await connection.close()
            } catch {
                throw PlanFailure(error, step: current, place: place)
            }
        }
    }

    private func connect(to database: String) async throws(PostgreSQLError) -> PostgreSQLConnection {
        let parameters = PostgreSQLParameters(
            hosts: definition.hosts, port: definition.port, database: database, user: user,
            password: password, tls: try PostgreSQLEngine.tls(definition.tls),
            applicationName: "mayflyd apply",
            settings: ["search_path": "pg_catalog", "role": "none"])
        return try await PostgreSQLConnection.connect(
            parameters, timeout: .seconds(definition.timeoutSeconds))
    }
}

/// Why a plan was not carried out to its end. A DBA reads it: it has the server's own words.
package struct PlanFailure: Error, Sendable {
    package let message: String
    /// That failed; nil where connecting or committing did.
    package let step: PlanStep?
    package let isUnreachable: Bool
    /// What was run before it in the same database was undone.
    package let isUndone: Bool

    /// Before anything was run.
    package init(_ failure: EngineFailure) {
        message = failure.message
        step = nil
        isUnreachable = failure.kind == .unreachable
        isUndone = true
    }

    init(_ error: PostgreSQLError, step: PlanStep?, place: String) {
        let what = step == nil ? "in \(place.quoted())" : "a statement in \(place.quoted()) failed"
        message = "\(what): \(error.debugDescription)"
        self.step = step
        isUnreachable = EngineFailure(error).kind == .unreachable
        isUndone = true
    }

    /// Of a server where each statement is committed by itself.
    init(_ error: MariaDBError, step: PlanStep?) {
        message = step == nil ? error.debugDescription : "a statement failed: \(error.debugDescription)"
        self.step = step
        isUnreachable = EngineFailure(error).kind == .unreachable
        isUndone = step == nil
    }
}

/// One connection to each database, made when first asked.
private actor DBAConnections {
    private let connect: @Sendable (String) async throws(PostgreSQLError) -> PostgreSQLConnection
    private var open: [String: PostgreSQLConnection] = [:]

    init(connect: @escaping @Sendable (String) async throws(PostgreSQLError) -> PostgreSQLConnection) {
        self.connect = connect
    }

    func ask(
        _ database: String, _ statement: String, _ values: [String?]
    ) async throws(EngineFailure) -> PostgreSQLRows {
        do throws(PostgreSQLError) {
            let connection: PostgreSQLConnection
            if let known = open[database] {
                connection = known
            } else {
                connection = try await connect(database)
                open[database] = connection
            }
            return try await connection.query(statement, values)
        } catch { throw EngineFailure(error) }
    }

    func close() async {
        for connection in open.values { await connection.close() }
        open = [:]
    }
}
