import Foundation

/// What a configuration is read against besides its text.
package struct ConfigurationEnvironment: Sendable {
    package var variables: [String: String]
    /// Who the daemon runs as: files that hold secrets or policy must belong to this user or to root.
    package var uid: UInt32

    package init(variables: [String: String], uid: UInt32) {
        self.variables = variables
        self.uid = uid
    }

    /// That of this process.
    package static var current: ConfigurationEnvironment {
        ConfigurationEnvironment(variables: ProcessInfo.processInfo.environment, uid: geteuid())
    }
}
