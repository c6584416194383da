import ArgumentParser
import MayflyCore

/// A database that the command line names.
enum NamedDatabase {
    /// - Throws: `ValidationError` for one that the configuration does not have.
    static func find(_ name: String, in configuration: Configuration) throws -> DatabaseDefinition {
        if let known = DatabaseName(rawValue: name), let definition = configuration.databases[known] {
            return definition
        }
        let names = configuration.databases.keys.map(\.rawValue).sorted()
        throw ValidationError(
            "no database is called \(name.quoted()); there are: \(names.joined(separator: ", "))")
    }
}
