package import MayflyCore

extension MariaDBEngine {
    /// Nothing: our account sees no roles but its own, so the names of the groups are all that can be shown.
    package func privileges(of groups: [String]) async throws(EngineFailure) -> [String] { [] }
}
