package import MayflyCore
package import SQLClients

/// A DBA's own connection to a MariaDB or MySQL server, for what the broker's account has no right to.
package struct MariaDBDBA: Sendable {
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
        let kept = profiles.filter { $0.scope != nil }
        guard !kept.isEmpty else { return ScopePlan(database: definition.name, profiles: []) }
        let connection: MariaDBConnection
        do throws(MariaDBError) {
            connection = try await connect()
        } catch { throw EngineFailure(error) }
        do throws(EngineFailure) {
            let reader = MariaDBCatalogueReader(isMySQL: definition.engine == .mysql) {
                (statement, values) throws(EngineFailure) in
                do throws(MariaDBError) {
                    return try await connection.query(statement, values)
                } catch { throw EngineFailure(error) }
            }
            let holdings = try await reader.read(kept, of: definition, tag: installation.tag)
            let plan = try MariaDBPlanner(
                definition: definition, installation: installation, holdings: holdings
            ).plan(kept)
            await connection.close()
            return plan
        } catch {
            await connection.close()
            throw error
        }
    }

    /// Runs the statements of a plan, one after the other: each is committed by itself, and what was run before one that
    /// fails stays.
    ///
    /// - Parameter willRun: told of each statement before it is run.
    package func apply(
        _ plan: ScopePlan, willRun: (PlanStep) -> Void
    ) async throws(PlanFailure) {
        var current: PlanStep?
        do throws(MariaDBError) {
            let connection = try await connect()
            do throws(MariaDBError) {
                // Whoever runs this is not to wait, and hold others up, behind a long transaction.
                _ = try await connection.query("SET SESSION lock_wait_timeout = 10")
                for step in plan.steps {
                    current = step
                    willRun(step)
                    _ = try await connection.query(step.statement, [], timeout: .seconds(120))
                }
            } catch {
                await connection.close()
                throw error
            }
            await connection.close()
        } catch {
            throw PlanFailure(error, step: current)
        }
    }

    private func connect() async throws(MariaDBError) -> MariaDBConnection {
        let parameters = MariaDBParameters(
            hosts: definition.hosts, port: definition.port, user: user, password: password,
            tls: try MariaDBEngine.tls(definition.tls), applicationName: "mayflyd apply")
        return try await MariaDBConnection.connect(
            parameters, timeout: .seconds(definition.timeoutSeconds))
    }
}
