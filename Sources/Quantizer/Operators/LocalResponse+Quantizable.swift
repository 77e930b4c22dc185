import ModelGraph

extension LocalResponse: Quantizable {}
