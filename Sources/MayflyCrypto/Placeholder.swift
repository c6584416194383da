enum MayflyCryptoPlaceholder {}
