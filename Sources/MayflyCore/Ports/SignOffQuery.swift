/// Newest first.
package struct SignOffQuery: Hashable, Sendable {
    package var database: DatabaseName?
    /// An id's beginning, at least 4 characters.
    package var idPrefix: String?
    /// Whether the bytes that were signed are wanted too: they are many.
    package var withPacks: Bool
    package var limit: Int

    package init(
        database: DatabaseName? = nil, idPrefix: String? = nil, withPacks: Bool = false, limit: Int = 100
    ) {
        self.database = database
        self.idPrefix = idPrefix
        self.withPacks = withPacks
        self.limit = limit
    }
}
