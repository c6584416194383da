/// What there is in one database that privileges can be granted on, as its catalogue lists it.
package struct Catalogue: Hashable, Sendable {
    package struct Schema: Hashable, Sendable {
        package var name: String
        package var owner: String
        /// Of the system or the guard: no pattern means it.
        package var isSystem: Bool

        package init(name: String, owner: String, isSystem: Bool = false) {
            self.name = name
            self.owner = owner
            self.isSystem = isSystem
        }
    }

    /// The database's name; on MariaDB and MySQL, where one catalogue has all schemas, empty.
    package var database: String
    package var schemas: [Schema]
    /// Tables, sequences and routines.
    package var objects: [DatabaseObject]
    /// Columns of the tables that a grant on columns may mean.
    package var columns: [DatabaseObject: [String]]

    package init(
        database: String, schemas: [Schema] = [], objects: [DatabaseObject] = [],
        columns: [DatabaseObject: [String]] = [:]
    ) {
        self.database = database
        self.schemas = schemas
        self.objects = objects
        self.columns = columns
    }
}
