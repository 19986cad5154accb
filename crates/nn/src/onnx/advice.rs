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
        "ConvTranspose" | "Resize" | "Upsample" => ": only networks that classify are",
        "ConvInteger" | "QLinearConv" | "DynamicQuantizeLinear" => {
            ": import the floating-point model, the importer quantises it itself"
        }
        "LpPool" | "GlobalLpPool" | "MaxRoiPool" => ": use MaxPool or AveragePool in its place",
        "Split" | "Slice" | "Gather" => ": give every layer the whole output of the one before",
        "Shape" => ": export the model with a fixed batch of 1, and flatten with Flatten",
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
        "ReduceSum" | "Pow" | "Sqrt" | "Exp" | "Log" => ": compute it before the model reads its input",
        "If" | "Loop" | "Scan" => ": a network must compute the same steps for every input",
        _ => {
            "; supported are Conv, Gemm, MatMul, Add, BatchNormalization, Relu, Clip at 0, MaxPool, AveragePool, their global \
             forms, ReduceMean over a map, Concat, Pad, Flatten, Reshape, Squeeze, Unsqueeze, Dropout, Identity and a final \
             Softmax, LogSoftmax or ArgMax"
        }
    }
}
