//! What a person can do about an operator that is not supported.

/// The end of the sentence "the operator X is not supported…".
pub(crate) fn advice(op: &str) -> &'static str {
    match op {
        "Sigmoid" | "HardSigmoid" | "Tanh" | "Softsign" | "Erf" => {
            ": train with Relu in its place (as the last operator before the output, drop it: its order is that of the logits)"
        }
        "Gelu" | "Elu" | "Selu" | "Celu" | "Softplus" | "Mish" | "HardSwish" | "Swish" => {
            ": train with Relu in its place"
        }
        "LeakyRelu" | "PRelu" | "ThresholdedRelu" => ": train with Relu in its place, which needs no second slope",
        "Clip" => ": an upper bound such as Relu6's is not supported yet; train with Relu",
        "Conv" | "ConvTranspose" => " yet: this version runs fully connected networks only; use Gemm or MatMul",
        "MaxPool" | "AveragePool" | "GlobalAveragePool" | "GlobalMaxPool" => {
            " yet: pooling comes with convolutions, and this version runs fully connected networks only"
        }
        "Concat" | "Split" | "Slice" | "Gather" | "Pad" => " yet: give every layer the whole output of the one before",
        "BatchNormalization" => ": fold it into the layer before it when exporting (PyTorch does so in eval mode)",
        "LayerNormalization" | "InstanceNormalization" | "GroupNormalization" | "LpNormalization" => {
            ": it divides by a value that depends on the input; train with batch normalisation and fold that"
        }
        "Sub" | "Mul" | "Div" => {
            ": standardise inputs by the card's offset and scale, and fold other constant factors into the weights"
        }
        "Softmax" | "LogSoftmax" | "ArgMax" => " in the middle of a network, only as its end",
        "Dropout" => " in training mode: export the model in eval mode",
        "LSTM" | "GRU" | "RNN" | "Attention" | "MultiHeadAttention" => ": only feed-forward networks are",
        "QuantizeLinear" | "DequantizeLinear" | "QLinearMatMul" | "MatMulInteger" | "QGemm" => {
            ": import the floating-point model, the importer quantises it itself"
        }
        "Cast" => ": export the model in one floating-point type",
        "ReduceMean" | "ReduceSum" | "Pow" | "Sqrt" | "Exp" | "Log" => ": compute it before the model reads its input",
        "If" | "Loop" | "Scan" => ": a network must compute the same steps for every input",
        _ => {
            "; supported are Gemm, MatMul, Add, Relu, Flatten, Reshape, Identity and a final Softmax, LogSoftmax or ArgMax"
        }
    }
}
