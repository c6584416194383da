import Foundation

/// One run: everything side by side, on the same servers, with the same daemon.
struct Bench: Sendable {
    let world: World
    let seconds: Double
    let rounds: Int
    let liveInState: Int
    let dueLeases: Int
    let recordsToSearch: Int

    static let bare = "bare loop"
    static let daemon = "mayflyd"
    static let client = "mayflyd, MayflyClient"

    struct Scenario: Sendable {
        let name: String
        let profile: String
        let server: any BareServer
        /// As many as the daemon makes leases on: all but one, which is left for ending them; on MariaDB, where
        /// accounts are made one at a time, one.
        let connections: Int

        static let requesters = [1, 8, 32]
    }

    func window() -> Window { Window(seconds: seconds) }

    func say(_ text: String) { FileHandle.standardError.write(Data("== \(text)\n".utf8)) }
}
