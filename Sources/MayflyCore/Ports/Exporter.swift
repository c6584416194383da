/// Who reads the audit log on from where they stand, and tells somebody else: a target of notifications, a file, a
/// collector. The state keeps one number for each: the last record that is dealt with.
package struct Exporter: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    private static let notifying = "notify:"
    private static let exporting = "export:"

    package let rawValue: String
    package init(rawValue: String) { self.rawValue = rawValue }

    /// - Parameter target: a target's name in the configuration.
    package init(notifying target: String) { self.init(rawValue: Self.notifying + target) }

    /// - Parameter name: an exporter's name in the configuration.
    package init(exporting name: String) { self.init(rawValue: Self.exporting + name) }

    package var isExporting: Bool { rawValue.hasPrefix(Self.exporting) }
    package var isNotifying: Bool { rawValue.hasPrefix(Self.notifying) }
    package var description: String { rawValue }

    /// The name in the configuration.
    package var name: String {
        rawValue.split(separator: ":", maxSplits: 1).last.map(String.init) ?? rawValue
    }
}
