import Foundation

/// All that one run found: for people a table, for programs JSON.
struct Report: Codable {
    struct Row: Codable {
        var scenario: String
        var who: String
        /// Connections of the bare loop, or requesters at the daemon.
        var atOnce: Int
        var figures: Figures

        enum CodingKeys: String, CodingKey {
            case scenario, who
            case atOnce = "at_once"
            case figures
        }
    }

    /// One number that is no rate, such as the time of a start.
    struct Fact: Codable {
        var name: String
        var value: Double
        var unit: String
    }

    /// What issue says should be reached, as a ratio of this very run where it is one.
    struct Aim: Codable {
        enum Bound: String, Codable { case atLeast = "at_least", atMost = "at_most" }

        var name: String
        var found: Double
        var bound: Bound
        var aim: Double
        var unit: String
        var isMet: Bool { bound == .atLeast ? found >= aim : found <= aim }

        enum CodingKeys: String, CodingKey { case name, found, bound, aim, unit }
    }

    var machine: Machine
    var seconds: Double
    var rounds: Int
    var rows: [Row] = []
    var facts: [Fact] = []
    var aims: [Aim] = []

    func figures(_ scenario: String, _ who: String, _ atOnce: Int) -> Figures? {
        rows.first { $0.scenario == scenario && $0.who == who && $0.atOnce == atOnce }?.figures
    }

    func fact(_ name: String) -> Double? { facts.first { $0.name == name }?.value }

    func json() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return try encoder.encode(self)
    }
}
