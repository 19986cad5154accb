//! What a person can do about an operator that is not supported.

/// The end of the sentence "the operator X is not supported…".
pub(crate) fn advice(domain: &str, op: &str) -> &'static str {
    match (domain, op) {
        ("" | "ai.onnx", _) => standard(op),
        ("ai.onnx.ml", _) => other_models(op),
        ("com.microsoft", "DynamicQuantizeMatMul" | "DynamicQuantizeLSTM") => DYNAMIC,
        ("com.microsoft", "FusedConv" | "FusedGemm" | "FusedMatMul" | "NhwcMaxPool") => {
            ": it is of onnxruntime's optimiser; import the model as it was exported"
        }
        _ => "; export the model with ONNX's own operators only",
    }
}

const SMOOTH: &str =
    ": train with Relu in its place (PyTorch's nn.ReLU, Keras's activation='relu', timm's act_layer=nn.ReLU)";
const DYNAMIC: &str = ": it quantises by what the input is; import the floating-point model, the importer quantises it \
                       itself, or quantise statically";

fn standard(op: &str) -> &'static str {
    match op {
        "Sigmoid" | "Tanh" | "Softsign" | "Erf" => {
            ": train with Relu in its place, PyTorch's nn.ReLU or Keras's activation='relu' (as the last operator before the output, \
             drop it: its order is that of the logits)"
        }
        "Gelu" | "Elu" | "Selu" | "Celu" | "Softplus" | "Mish" | "HardSwish" | "Swish" | "ThresholdedRelu" => SMOOTH,
        "ConvTranspose" | "Resize" | "Upsample" => ": only networks that classify are",
        "LpPool" | "GlobalLpPool" | "MaxRoiPool" => ": use MaxPool or AveragePool in its place",
        "LayerNormalization"
        | "InstanceNormalization"
        | "GroupNormalization"
        | "LpNormalization"
        | "MeanVarianceNormalization"
        | "RMSNormalization"
        | "LRN" => {
            ": it divides by a value that depends on the input; train with batch normalisation (PyTorch's nn.BatchNorm2d, \
                  Keras's BatchNormalization)"
        }
        "Softmax" | "LogSoftmax" | "ArgMax" => " in the middle of a network, only as its end",
        "LSTM" | "GRU" | "RNN" | "Attention" | "MultiHeadAttention" => ": only feed-forward networks are",
        "DynamicQuantizeLinear" | "ConvInteger" | "MatMulInteger" => DYNAMIC,
        "Exp" | "Log" | "Sqrt" | "Reciprocal" | "Floor" | "Ceil" | "Round" | "Sign" | "Sin" | "Cos" => {
            ": compute it before the model reads its input"
        }
        "Equal" | "Greater" | "GreaterOrEqual" | "Less" | "LessOrEqual" | "Not" | "And" | "Or" | "NonZero" | "TopK" => {
            ": what a network computes must not depend on comparisons of its values"
        }
        "If" | "Loop" | "Scan" => ": a network must compute the same steps for every input",
        _ => {
            "; supported are Conv, Gemm, MatMul, BatchNormalization, Add, Sub, Mul and Div with stored numbers, Sum, Max, Min, \
             Relu, LeakyRelu, PRelu, Clip, Abs, HardSigmoid, MaxPool, AveragePool, their global forms, ReduceMean, ReduceMax, \
             ReduceSum, Concat, Split, Slice, Gather, Pad, Transpose, Flatten, Reshape, Squeeze, Unsqueeze, Dropout, Identity \
             and a final Softmax, LogSoftmax, Sigmoid or ArgMax"
        }
    }
}

fn other_models(op: &str) -> &'static str {
    match op {
        "TreeEnsembleClassifier" | "TreeEnsembleRegressor" | "TreeEnsemble" => {
            ": of scikit-learn's models linear ones and multi-layer perceptrons are, not trees"
        }
        "SVMClassifier" | "SVMRegressor" => ": take a linear support vector machine (LinearSVC) or a perceptron",
        _ => {
            "; supported of ai.onnx.ml are Scaler, LinearClassifier, LinearRegressor, ArrayFeatureExtractor, ZipMap and Imputer"
        }
    }
}
