extension String {
    /// The text with each `quote` doubled, as SQL wants it between quotes.
    ///
    /// By scalars: `String.replacing` goes by `Character`, and a quote with a combining accent behind it is a
    /// `Character` of its own, which it does not find. The server goes by bytes, and there the literal would end.
    package func doubling(_ quote: Unicode.Scalar) -> String {
        var out = UnicodeScalarView()
        for scalar in unicodeScalars {
            if scalar == quote { out.append(quote) }
            out.append(scalar)
        }
        return String(out)
    }
}
