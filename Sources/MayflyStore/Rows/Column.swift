import MayflyCore

/// Reading single columns.
enum Column {
    /// Nil for NULL; what is there but cannot be read is damage, not nothing.
    static func optional<Value>(_ text: String?, _ parse: (String) -> Value?) throws -> Value? {
        guard let text else { return nil }
        guard let value = parse(text) else { throw StoreError.corrupt("a column cannot be read") }
        return value
    }
}
