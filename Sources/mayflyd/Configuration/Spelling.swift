/// What somebody may have meant.
enum Spelling {
    /// The candidate that is at most a third of `word` away in single-letter edits; nil when none is.
    static func nearest(to word: String, among candidates: some Sequence<String>) -> String? {
        guard word.count <= 64 else { return nil }
        let word = word.lowercased().replacing("-", with: "_")
        if let whole = candidates.first(where: { $0.hasPrefix(word + "_") }) { return whole }
        let scored = candidates.map { ($0, distance(word, $0.lowercased().replacing("-", with: "_"))) }
        guard let best = scored.min(by: { $0.1 < $1.1 }), best.1 <= max(1, word.count / 3) else { return nil }
        return best.0
    }

    /// Insertions, deletions, replacements and swaps of neighbours that lead from `a` to `b` (optimal string
    /// alignment).
    static func distance(_ a: String, _ b: String) -> Int {
        let a = Array(a)
        let b = Array(b)
        var before: [Int] = []
        var previous = Array(0...b.count)
        for i in a.indices {
            var row = [i + 1] + Array(repeating: 0, count: b.count)
            for j in b.indices {
                row[j + 1] = min(previous[j + 1] + 1, row[j] + 1, previous[j] + (a[i] == b[j] ? 0 : 1))
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
                    row[j + 1] = min(row[j + 1], before[j - 1] + 1)
                }
            }
            before = previous
            previous = row
        }
        return previous[b.count]
    }
}
